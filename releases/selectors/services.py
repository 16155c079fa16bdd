"""One service and its releases."""

from datetime import datetime

from portal.accounts.actors import Actor
from releases.models import Environment, Release, Service
from releases.selectors import fleet, waiting

PAGE = 25


def cells(service: Service, actor: Actor, *, now: datetime) -> list[fleet.Cell]:
    """Will give the service's environments with what serves and what waits there."""
    environments = list(Environment.objects.filter(service=service).select_related("service", "serving", "previous"))
    return fleet.cells_of(environments, waiting.needs(actor, now=now), now=now)


def environment(service: str, name: str) -> Environment | None:
    """Will give one environment with what its page shows of other rows."""
    rows = Environment.objects.select_related("service", "serving", "previous")
    return rows.filter(service__slug=service, name=name).first()


def releases(service: Service, *, before: int | None = None) -> tuple[list[Release], int | None]:
    """Will give the next releases, newest first, and the id to go on before, or None at the end."""
    rows = Release.objects.filter(service=service).order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.defer("configuration", "changelog")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def release(service: str, version: str) -> Release | None:
    """Will give one release of a service."""
    return Release.objects.select_related("service", "author").filter(service__slug=service, version=version).first()
