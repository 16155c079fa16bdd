"""The charts' data, as finished bytes."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.engines.duckdb import EngineError
from analytics.views.insights import known_on


@require_safe
def figure(request: HttpRequest, iso: str) -> HttpResponse:
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
