"""Makes a release fail on purpose, so that a rollback can be tried. It does nothing unless its settings say so."""

import itertools
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from analytics.rules import faults
from analytics.views.insights import site

SPARED = ("/healthz", "/version", "/static/")


class FaultMiddleware:
    """Fails `fault_percent` of the pages and delays them all by `fault_delay_ms`; the surface insights only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        configuration = settings.CONFIGURATION
        if not (configuration.fault_percent or configuration.fault_delay_ms):
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.percent: float = configuration.fault_percent
        self.delay_s: float = configuration.fault_delay_ms / 1000
        # Counted and not drawn by lot: 25 per cent is each fourth request, so a verdict comes out the same each time.
        self._numbers = itertools.count(1)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(SPARED):
            return self.get_response(request)
        if self.delay_s:
            time.sleep(self.delay_s)  # noqa: TID251  # being slow is what was asked for here
        if faults.is_chosen(next(self._numbers), self.percent):
            return render(request, "insights/made_to_fail.html", {"release": site.release()}, status=500)
        return self.get_response(request)
