"""Many places beside each other, each a small line."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import comparison, multiples
from analytics.insights.comparison import Ask, AskError, Series
from analytics.insights.corrections import MOST
from analytics.rules.measures.catalog import MEASURES
from analytics.views.insights import charts, known_on, signed, site

COLUMNS, COLUMN, ROW, HEAD = 6, 180, 104, 84


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The lines, their twin in numbers, and where to go from each."""
    try:
        lake = known_on.asked(request)
        return site.page(request, "insights/multiples.html", lake, drawn(lake, request))
    except EngineError as error:
        return site.no_data(request, error)
    except AskError as error:
        raise Http404(str(error)) from error


@require_safe
def picture(request: HttpRequest) -> HttpResponse:
    """The same as one SVG, with its title and its source, to keep."""
    try:
        lake = known_on.asked(request)
        context = drawn(lake, request)
    except EngineError as error:
        return site.no_data(request, error)
    except AskError as error:
        raise Http404(str(error)) from error
    cells = [(one, n % COLUMNS * COLUMN + 10, n // COLUMNS * ROW + HEAD) for n, one in enumerate(context["panels"])]
    height = -(-len(cells) // COLUMNS) * ROW + HEAD + 30
    size = {"width": COLUMNS * COLUMN, "height": height, "foot": height - 12}
    context |= {**size, "cells": cells, "snapshot": selectors.snapshot(lake)}
    return render(request, "insights/multiples.svg", context, content_type="image/svg+xml")


def drawn(lake: Lake, request: HttpRequest) -> dict[str, Any]:
    """Will give what insights/multiples_chart.html draws. Raises AskError for what isn't there."""
    everywhere = selectors.everywhere(lake).values()
    given, continent = dict(request.GET.lists()), request.GET.get("continent", "")
    if not given.get("place"):
        given["place"] = multiples.places(everywhere, continent=continent)
    names = charts.names_of(lake)
    ask = comparison.read(given, known=names)
    is_same_scale = request.GET.get("heights") == "same"
    series = selectors.series(lake, ask)
    corrected = _corrected(lake, ask, series)
    panels = multiples.panels(ask, series, names, is_same_scale=is_same_scale, corrected=corrected)
    there, query = selectors.columns(lake), _query(request, ask)
    return {
        "ask": ask,
        "panels": panels,
        "sentence": multiples.sentence(ask, panels),
        "is_same_scale": is_same_scale,
        "continent": continent,
        "continents": multiples.continents(everywhere),
        "chosen": request.GET.getlist("place"),
        "measures": [one for one in MEASURES.values() if one.name in there],
        "query": query.urlencode(),
        "embed": signed.address(request, "multiples", _framed(query, request)),
    }


def _corrected(lake: Lake, ask: Ask, series: Series) -> list[multiples.Correction]:
    """What is listed below the lines, and no more: sixty of either kind."""
    stretches = charts.rewritten(known_on.before(lake), ask, series)
    return [*stretches[:MOST], *selectors.taken_back(lake, ask)[:MOST]]


def _query(request: HttpRequest, ask: Ask) -> QueryDict:
    """The numbers' address: the measure, the places that are shown, and what else was asked."""
    query = QueryDict(mutable=True)
    query["measure"] = ask.measure.name
    query.setlist("place", list(ask.places))
    query.update({name: request.GET[name] for name in ("from", "to", "as_of") if request.GET.get(name)})
    return query


def _framed(query: QueryDict, request: HttpRequest) -> QueryDict:
    """The same places in a frame, at the heights that are shown."""
    framed = query.copy()
    if request.GET.get("heights"):
        framed["heights"] = request.GET["heights"]
    return framed
