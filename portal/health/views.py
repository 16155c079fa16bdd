"""/healthz, /readyz and /metrics."""

import ipaddress

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from portal.health import metrics, probes
from portal.health.readiness import Board

_board = Board(probes.ALL)


@never_cache
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Will answer as long as this process can: it asks nobody else."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """Will give every part's state; 503 while one of them is not well."""
    components = _board.look(now=timezone.now())  # noqa: TID251 - a view is where the time is read
    is_ready = all(component.finding.is_well for component in components.values())
    body = {
        "ready": is_ready,
        "components": {
            name: {
                "state": component.finding.state,
                "sentence": component.finding.sentence,
                "since": component.since.isoformat(timespec="seconds"),
            }
            for name, component in components.items()
        },
    }
    return JsonResponse(body, status=200 if is_ready else 503)


@never_cache
@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """Will give the numbers to a reader on this machine who did not come through the people's door."""
    if "X-Forwarded-For" in request.headers or not _is_loopback(request.META.get("REMOTE_ADDR", "")):
        return HttpResponseNotFound("Not found.\n", content_type="text/plain")
    return HttpResponse(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
