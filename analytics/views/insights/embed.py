"""One chart alone, in a frame of a page elsewhere."""

from typing import cast

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from analytics.engines.duckdb import EngineError
from analytics.insights.comparison import AskError
from analytics.views.insights import charts, signed, site


@require_safe
@xframe_options_exempt
def page(request: HttpRequest) -> HttpResponse:
    """The chart of a signed address, for the origins that are set."""
    origins = signed.origins()
    if not origins:
        raise Http404("Charts of this site are not embedded elsewhere.")
    answer = _alone(request) if signed.is_good(request.GET) else _refused(request)
    framed = csp_replace({"frame-ancestors": origins})(lambda _: answer)
    return cast("HttpResponse", framed(request))


def _alone(request: HttpRequest) -> HttpResponse:
    try:
        lake, ask = charts.asked(request)
        return site.page(request, "insights/embed.html", lake, {"chart": charts.drawn(lake, ask, request)})
    except EngineError as error:
        return site.no_data(request, error)
    except AskError as error:
        raise Http404(str(error)) from error


def _refused(request: HttpRequest) -> HttpResponse:
    return render(request, "insights/embed_refused.html", status=403)
