"""The pages for what isn't there and for what broke. They read no data, so that they can't break too."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from analytics.views.insights import site


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django passes it by this name
    return render(request, "insights/not_found.html", {"release": site.release()}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "insights/broken.html", {"release": site.release()}, status=500)
