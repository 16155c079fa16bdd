"""What the queue carries: ids in, the time read here, one operation called."""

import logging
from contextlib import suppress
from typing import Any

from celery import current_app, shared_task
from django.conf import settings

from analytics.dashboards.base import DashboardError
from analytics.operations import catalogue, queries
from analytics.operations.dashboards import refreshing
from analytics.operations.lake import home, publishing
from analytics.operations.lake.base import LakeError
from analytics.operations.refusal import Missing
from analytics.operations.sources import following
from portal import clock

log = logging.getLogger(__name__)
# A look waits this long for a run to end; the next tick looks again.
PATIENCE_S = 5.0
PUBLISH_LIMIT_S = 3600


@shared_task(ignore_result=True)
def advance_queries(**_: Any) -> None:
    """Will look at every query that hasn't ended."""
    for query_id in queries.due():
        expires = settings.CONFIGURATION.tick_s
        current_app.send_task("analytics.tasks.advance_query", kwargs={"query_id": query_id}, expires=expires)


@shared_task(ignore_result=True)
def advance_query(*, query_id: int, **_: Any) -> None:
    """Will advance one query as far as it goes now."""
    queries.advance(query_id, now=clock.now(), patience_s=PATIENCE_S)


@shared_task(ignore_result=True)
def sweep_results(**_: Any) -> None:
    """Will remove results that were kept long enough."""
    queries.sweep(now=clock.now())


@shared_task(ignore_result=True)
def refresh_catalogue(*, name: str, **_: Any) -> None:
    """Will bring the index of tables up to what that catalogue says now."""
    catalogue.refresh(name, now=clock.now())


@shared_task(ignore_result=True)
def bring_revisions(**_: Any) -> None:
    """Will look at every source that is due."""
    for source_id in following.due(now=clock.now()):
        expires = settings.CONFIGURATION.tick_s
        current_app.send_task("analytics.tasks.bring_from", kwargs={"source_id": source_id}, expires=expires)


@shared_task(ignore_result=True)
def bring_from(*, source_id: int, **_: Any) -> None:
    """Will bring in what is new at one source. Killed half-way, the next look goes on from there."""
    with suppress(Missing):
        following.bring(source_id, now=clock.now(), progress=lambda *_: None)


# Slow lines and large snapshots take their time; killed at its end, the next one goes on.
@shared_task(ignore_result=True, time_limit=PUBLISH_LIMIT_S)
def publish_snapshots(**_: Any) -> None:
    """Will bring the snapshots that aren't there yet to the account's lake, where there is one."""
    lake = home.configured()
    if lake is None:
        return
    try:
        publishing.publish_all(lake, state_dir=settings.STATE_DIR, progress=lambda *_: None)
    except LakeError as error:
        log.warning("snapshots could not be published: %s", error)


@shared_task(ignore_result=True)
def refresh_dashboards(**_: Any) -> None:
    """Will have the data behind the dashboards read anew where another snapshot came to serve."""
    try:
        refreshing.follow(now=clock.now())
    except DashboardError as error:
        log.warning("the dashboards' data could not be refreshed: %s", error)
