"""The world's map, with a slider through time."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import comparison, summaries
from analytics.rules.measures.catalog import MEASURES
from analytics.views.insights import charts, known_on, signed, site

STEP_DAYS = 7
# What can be read off a map: related to people, or a rate.
MAPPED = (
    "new_cases_smoothed_per_million", "total_cases_per_million", "new_deaths_smoothed_per_million",
    "total_deaths_per_million", "reproduction_rate", "r_kalman", "positive_rate", "new_tests_smoothed_per_thousand",
    "people_vaccinated_per_hundred", "people_fully_vaccinated_per_hundred", "hosp_patients_per_million",
    "icu_patients_per_million", "cfr", "stringency_index", "excess_mortality",
)  # fmt: skip


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The map, and its twin: the countries with the highest values of the newest day."""
    try:
        lake = known_on.asked(request)
        measures = [MEASURES[name] for name in MAPPED if name in selectors.columns(lake)]
        return site.page(request, "insights/map.html", lake, {**drawn(lake, request), "measures": measures})
    except EngineError as error:
        return site.no_data(request, error)


def drawn(lake: Lake, request: HttpRequest) -> dict[str, Any]:
    """Will give what insights/map_chart.html draws."""
    chosen, on = _chosen(request, lake), request.GET.get("on", "")
    highest = selectors.highest(lake, chosen)
    query = QueryDict(mutable=True)
    query["measure"] = chosen
    if request.GET.get("as_of"):
        query["as_of"] = request.GET["as_of"]
    framed = query.copy()
    if on:
        framed["on"] = on
    return {
        "chosen": MEASURES[chosen],
        "highest": highest,
        "sentence": summaries.highest(highest, MEASURES[chosen]),
        "on": on,
        "query": query.urlencode(),
        "embed": signed.address(request, "map", framed),
    }


@require_safe
def values(request: HttpRequest) -> HttpResponse:
    """Every country's value on each seventh day, and on the last."""
    try:
        lake = known_on.asked(request)
        chosen = _chosen(request, lake)
        return charts.packed(request, (selectors.snapshot(lake).revision, "map", chosen), lambda: _bytes(lake, chosen))
    except EngineError as error:
        return JsonResponse({"error": f"{error}."}, status=503)


@require_safe
def corrected(request: HttpRequest) -> HttpResponse:
    """What of the map's values was corrected, the largest first."""
    try:
        lake = known_on.asked(request)
        ask = comparison.Ask(MEASURES[_chosen(request, lake)], _countries(lake))
        return JsonResponse(charts.corrections_of(lake, ask))
    except EngineError as error:
        return JsonResponse({"error": f"{error}."}, status=503)


@require_safe
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """The map's numbers as a file: one row for each country and day."""
    try:
        lake = known_on.asked(request)
        return charts.file_of(lake, comparison.Ask(MEASURES[_chosen(request, lake)], _countries(lake)), kind)
    except EngineError as error:
        return JsonResponse({"error": f"{error}."}, status=503)


def _countries(lake: Lake) -> tuple[str, ...]:
    return tuple(facts.iso for facts in selectors.everywhere(lake).values() if facts.kind == "country")


def _chosen(request: HttpRequest, lake: Lake) -> str:
    wanted = request.GET.get("measure", "")
    return wanted if wanted in MAPPED and wanted in selectors.columns(lake) else MAPPED[0]


def _bytes(lake: Lake, name: str) -> bytes:
    ask = comparison.Ask(MEASURES[name], _countries(lake))
    found = selectors.series(lake, ask)
    days = sorted({*range(found.values.shape[1] - 1, -1, -STEP_DAYS)})
    thinned = comparison.Series(found.first, found.values[:, days], found.starts)
    names = {facts.iso: facts.name for facts in selectors.everywhere(lake).values()}
    content = orjson.loads(comparison.as_bytes(ask, thinned, names, selectors.snapshot(lake).revision))
    return orjson.dumps({**content, "days": days})
