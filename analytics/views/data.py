"""The portal's page about the data: which snapshot serves, from where, since when."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.views.insights import site


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    return render(request, "analytics/data.html", {"snapshot": selectors.serving(site.pointer())})
