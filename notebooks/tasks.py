"""What the queue carries: ids in, the time read here, one operation called."""

from typing import Any

from celery import current_app, shared_task
from django.conf import settings

from notebooks.operations import execution, runs, schedules, servers
from portal import clock

# The watched process has its own limit; this one is for when watching fails.
LIMIT_S = execution.LIMIT_S + 60


@shared_task(ignore_result=True)
def look_at_runs(**_: Any) -> None:
    """Will ask for the runs that are due, see to those whose worker died, and hand on what waits."""
    schedules.start_due(now=clock.now())
    for run_id in runs.tend(now=clock.now()):
        current_app.send_task(runs.TASK, kwargs={"run_id": run_id}, expires=settings.CONFIGURATION.tick_s)


@shared_task(ignore_result=True, soft_time_limit=LIMIT_S, time_limit=LIMIT_S + 10)
def run_notebook(*, run_id: int, **_: Any) -> None:
    """Will do one run, from its start to its end."""
    runs.execute(run_id, now=clock.now())


@shared_task(ignore_result=True)
def tend_servers(**_: Any) -> None:
    """Will free the slots of notebook servers that have ended, and renew the tokens of those that run."""
    servers.settle(now=clock.now())
