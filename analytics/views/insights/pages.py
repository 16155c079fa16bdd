"""The pages of the insights site."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.engines.duckdb import EngineError
from analytics.insights import summaries
from analytics.insights.overview import countries, front_page, key_figures
from analytics.rules.records import WORLD
from analytics.views.insights import charts, known_on, site

COUNTRY_CARDS = (
    ("new_cases_mean", "New cases a day"),
    ("new_deaths_mean", "New deaths a day"),
    ("total_cases", "Cases in all"),
    ("total_deaths", "Deaths in all"),
)
COUNTRY_CARDS_PER_MILLION = (
    ("new_cases_mean_per_million", "New cases per million"),
    ("new_deaths_mean_per_million", "New deaths per million"),
    ("total_cases_per_million", "Cases in all per million"),
    ("total_deaths_per_million", "Deaths in all per million"),
)


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    chosen = front_page.read()
    try:
        lake = known_on.asked(request)
        everywhere = selectors.everywhere(lake)
        world = everywhere.get(WORLD)
        listed = countries.listed(
            everywhere.values(),
            selectors.sparks(lake),
            question=request.GET.get("q", ""),
            sort=request.GET.get("sort", ""),
            is_whole="all" in request.GET,
        )
        context = {
            "front": chosen,
            "world": world,
            "cards": key_figures.cards(chosen.figures, world) if world else [],
            "lead": summaries.lead(world) if world else "",
            "charts": charts.daily(lake, WORLD, request) if world else {},
            "listed": listed,
            "columns": countries.COLUMNS,
        }
        return site.page(request, "insights/front.html", lake, context)
    except EngineError as error:
        return site.no_data(request, error)


@require_safe
def country(request: HttpRequest, iso: str) -> HttpResponse:
    try:
        lake = known_on.asked(request)
        facts = selectors.everywhere(lake).get(iso)
        if facts is None:
            raise Http404(f"The data has no place with the code {iso}.")
        points = selectors.points(lake, iso)
        is_per_million = request.GET.get("per") == "million" and bool(facts.population)
        context = {
            "facts": facts,
            "is_per_million": is_per_million,
            "cards": key_figures.cards(COUNTRY_CARDS_PER_MILLION if is_per_million else COUNTRY_CARDS, facts),
            "lead": summaries.lead(facts),
            "charts": charts.daily(lake, iso, request, is_per_million=is_per_million),
            "latest": summaries.latest(points, facts.population if is_per_million else None),
        }
        return site.page(request, "insights/country.html", lake, context)
    except EngineError as error:
        return site.no_data(request, error)


@require_safe
def figure(request: HttpRequest, iso: str) -> HttpResponse:
    """The numbers of a place's charts, as finished bytes."""
    try:
        lake = known_on.asked(request)
        facts = selectors.everywhere(lake).get(iso)
        if facts is None:
            raise Http404(f"The data has no place with the code {iso}.")
        content = selectors.chart(lake, facts)
        etag = f'"{selectors.snapshot(lake).revision}-{iso}"'
    except EngineError as error:
        return JsonResponse({"error": f"{error}."}, status=503)
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content, content_type="application/json")
    # Asked each time, sent only when the snapshot changed: after a rollback no reader sees the other one's numbers.
    response["ETag"] = etag
    patch_cache_control(response, no_cache=True)
    return response
