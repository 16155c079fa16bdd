"""The catalogue's pages: a search over every table, and a page for each."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analytics.models import CatalogueTable
from analytics.operations import catalogue
from analytics.operations.refusal import Missing
from analytics.views import results
from portal.accounts.permissions import Verb
from portal.web import access

LISTED = 100
SHOWN_PARTITIONS = 50


@access.needs(Verb.READ)
@require_safe
def index(request: access.Request) -> HttpResponse:
    """Every table, or those in which every word of a search stands."""
    search = request.GET.get("search", "").strip()[:200]
    pages = Paginator(catalogue.search(search), LISTED)
    context = {
        "search": search,
        "page": pages.get_page(request.GET.get("page")),
        "total": pages.count,
        "seen_at": CatalogueTable.objects.order_by("-seen_at").values_list("seen_at", flat=True).first(),
    }
    return render(request, "analytics/catalogue/index.html", context)


@access.needs(Verb.READ)
@require_safe
def table(request: access.Request, database: str, name: str) -> HttpResponse:
    """One table: its columns, partitions, first rows, and what reads it."""
    try:
        row = catalogue.find(database, name, catalog=request.GET.get("catalog", ""))
    except Missing as missing:
        raise Http404(str(missing)) from missing
    found = catalogue.detail(row)
    context: dict[str, Any] = {
        "table": row,
        "detail": found,
        "partitions": found.partitions[::-1][:SHOWN_PARTITIONS],
        "sample": None if found.rows is None else results.cells(found.rows),
        "uses": catalogue.used_by(row),
        "may_query": request.actor.may(Verb.QUERY),
    }
    return render(request, "analytics/catalogue/table.html", context)
