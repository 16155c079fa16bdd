"""One chart alone, in a frame of a page elsewhere."""

from collections.abc import Callable
from typing import Any, cast

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import comparison
from analytics.insights.comparison import AskError
from analytics.views.insights import charts, known_on, multiples, signed, site, world


def _chart(lake: Lake, request: HttpRequest) -> dict[str, Any]:
    ask = comparison.read(dict(request.GET.lists()), known=charts.names_of(lake))
    return {"chart": charts.drawn(lake, ask, request)}


# Each kind of chart with what draws it, its template, and the scripts that it needs.
KINDS: dict[str, tuple[Callable[[Lake, HttpRequest], dict[str, Any]], str, str]] = {
    "chart": (_chart, "insights/comparison.html", "insights/comparison_head.html"),
    "map": (world.drawn, "insights/map_chart.html", "insights/map_head.html"),
    "multiples": (multiples.drawn, "insights/multiples_chart.html", "insights/multiples_head.html"),
}


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, kind: str) -> HttpResponse:
    """The chart of a signed address, for the origins that are set."""
    origins = signed.origins()
    if not origins or kind not in KINDS:
        raise Http404("No chart of this site stands at this address.")
    answer = _alone(request, kind) if signed.is_good(kind, request.GET) else _refused(request)
    framed = csp_replace({"frame-ancestors": origins})(lambda _: answer)
    return cast("HttpResponse", framed(request))


def _alone(request: HttpRequest, kind: str) -> HttpResponse:
    draw, content, head = KINDS[kind]
    try:
        lake = known_on.asked(request)
        context = {**draw(lake, request), "content": content, "head": head, "is_alone": True}
        return site.page(request, "insights/embed.html", lake, context)
    except EngineError as error:
        return site.no_data(request, error)
    except AskError as error:
        raise Http404(str(error)) from error


def _refused(request: HttpRequest) -> HttpResponse:
    return render(request, "insights/embed_refused.html", status=403)
