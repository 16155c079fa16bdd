"""What the queue carries: ids in, the time read here, one operation called."""

from typing import Any

from celery import current_app, shared_task
from django.conf import settings

from portal import clock
from releases.operations import advance, glances, reconcile
from releases.operations.pipelines import datasets, hearing, looking, outside


@shared_task(ignore_result=True)
def advance_rollouts(**_: Any) -> None:
    """Will look at every rollout that hasn't ended and is due."""
    for rollout_id in glances.due(now=clock.now()):
        current_app.send_task(
            "releases.tasks.advance_rollout",
            kwargs={"rollout_id": rollout_id},
            # The next tick sends it again: a worker that fell behind needs no second copy.
            expires=settings.CONFIGURATION.tick_s,
        )


@shared_task(ignore_result=True)
def advance_rollout(*, rollout_id: int, **_: Any) -> None:
    """Will advance one rollout as far as it goes now."""
    advance.settle(rollout_id, clock=clock.now)


@shared_task(ignore_result=True)
def reconcile_environments(**_: Any) -> None:
    """Will heal traffic that was changed outside a rollout."""
    for environment_id in reconcile.due(now=clock.now()):
        reconcile.reconcile(environment_id, now=clock.now())


@shared_task(ignore_result=True)
def record_datasets(**_: Any) -> None:
    """Will record the snapshots that were brought in."""
    datasets.record_new(now=clock.now())


@shared_task(ignore_result=True)
def hear_notices(**_: Any) -> None:
    """Will hear what pipelines tell."""
    hearing.hear_queues(now=clock.now())


@shared_task(ignore_result=True)
def look_at_pipelines(**_: Any) -> None:
    """Will look at every pipeline that is due."""
    for link_id in looking.due(now=clock.now()):
        current_app.send_task(
            "releases.tasks.look_at_pipeline",
            kwargs={"link_id": link_id},
            expires=settings.CONFIGURATION.tick_s,
        )


@shared_task(ignore_result=True)
def look_at_pipeline(*, link_id: int, **_: Any) -> None:
    """Will look at one pipeline and do what follows."""
    looking.look(link_id, now=clock.now())


@shared_task(ignore_result=True)
def look_at_deployments(**_: Any) -> None:
    """Will look for what was deployed without the portal, wherever that is due."""
    for environment_id in outside.due(now=clock.now()):
        current_app.send_task(
            "releases.tasks.look_at_deployments_of",
            kwargs={"environment_id": environment_id},
            expires=settings.CONFIGURATION.tick_s,
        )


@shared_task(ignore_result=True)
def look_at_deployments_of(*, environment_id: int, **_: Any) -> None:
    """Will look for what was deployed to one environment without the portal."""
    outside.look(environment_id, now=clock.now())
