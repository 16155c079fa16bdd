"""Says that a rollout may move now. A lost nudge costs one tick, never correctness."""

import logging
from datetime import datetime
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from portal import clock
from releases.models import Rollout
from releases.operations import advance

log = logging.getLogger(__name__)


def after_commit(rollout_id: int, *, is_rollback: bool, now: datetime) -> None:
    """Will nudge once the current transaction is committed.

    A rollback waits for no queue: the process that wrote the ask drives it itself.
    """
    # Should the nudge be lost, the next tick finds it, however long it was meant to rest.
    Rollout.objects.filter(pk=rollout_id).update(look_at=None)
    transaction.on_commit(partial(_drive, rollout_id, now) if is_rollback else partial(_send, rollout_id))


def _drive(rollout_id: int, now: datetime) -> None:
    advance.settle(rollout_id, clock=clock.running_from(now), takes_over=True)


def _send(rollout_id: int) -> None:
    # By name: tasks stands above operations.
    try:
        current_app.send_task("releases.tasks.advance_rollout", kwargs={"rollout_id": rollout_id}, retry=False)
    except OperationalError as error:
        log.warning("rollout %s was not nudged, the tick will find it: %s", rollout_id, error)
