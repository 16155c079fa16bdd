"""One service and its releases."""

from datetime import datetime

from portal.accounts.actors import Actor
from releases.models import Environment, OutsideDeployment, Release, Rollout, Service
from releases.rules.states import State
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


def outside(environment: Environment) -> OutsideDeployment | None:
    """Will give what was deployed here without the portal, as long as nothing was released here since."""
    newest = OutsideDeployment.objects.filter(environment=environment).select_related("release").first()
    if newest is None or newest.ended_at is None:
        return newest
    later = Rollout.objects.filter(environment=environment, opened_at__gt=newest.ended_at, state=State.SUCCEEDED)
    return None if later.exists() else newest


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
