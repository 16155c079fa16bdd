"""What a balancer asks: is this copy alive and able to answer, and which release is it?"""

import os

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.engines.duckdb import EngineError
from analytics.views.insights import known_on, site


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    try:
        selectors.check(selectors.lake(known_on.pointer()))
    except EngineError as error:
        return HttpResponse(f"{error}.\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def version(_request: HttpRequest) -> HttpResponse:
    serving = selectors.serving(known_on.pointer())
    snapshot = {"snapshot": serving.revision if serving else None, "is_sample": serving.is_sample if serving else None}
    return JsonResponse({**site.release(), **snapshot, "pid": os.getpid()})
