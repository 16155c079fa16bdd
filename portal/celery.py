"""Celery: it carries "look at rollout N". What is true stands in the database, and the next tick is the retry."""

import logging
import os
from typing import Any

from celery import Celery, signals
from celery.schedules import schedule
from django.conf import settings
from kombu import Queue
from redis import RedisError

from portal import logs
from portal.health import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# Migrating has run Django's checks already; run by every worker, they import every page, for 2 s of a processor.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

QUEUES = ("rollouts", "pipelines", "queries", "data", "notebooks")
# Bringing green up may take a target on AWS a dozen calls, and each its timeout with every retry.
TASK_LIMIT_S = 200
NOTEBOOKS_S = 15.0
DASHBOARDS_S = 60.0
PUBLISH_S = 60.0
GLUE_S = 300.0
SWEEP_S = 3600.0
TICK = "releases.tasks.advance_rollouts"
# The first that fits.
ROUTES = {
    "releases.tasks.hear_notices": {"queue": "pipelines"},
    "releases.tasks.look_at_pipeline*": {"queue": "pipelines"},
    "releases.tasks.look_at_deployments*": {"queue": "pipelines"},
    "releases.tasks.record_datasets": {"queue": "pipelines"},
    "releases.*": {"queue": "rollouts"},
    "analytics.tasks.bring_*": {"queue": "data"},
    "analytics.tasks.publish_*": {"queue": "data"},
    "analytics.*": {"queue": "queries"},
    # Runs may hold their worker for long; a token that isn't renewed would leave people without data.
    "notebooks.tasks.tend_servers": {"queue": "queries"},
    "notebooks.tasks.look_at_runs": {"queue": "queries"},
    "notebooks.*": {"queue": "notebooks"},
    "portal.openid.*": {"queue": "queries"},
}
log = logging.getLogger(__name__)

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _schedule(tick_s: float) -> dict[str, Any]:
    entries = {
        "advance rollouts": _every(tick_s, TICK, "rollouts"),
        "reconcile environments": _every(tick_s * 5, "releases.tasks.reconcile_environments", "rollouts"),
        "record datasets": _every(tick_s, "releases.tasks.record_datasets", "pipelines"),
        "hear notices": _every(tick_s, "releases.tasks.hear_notices", "pipelines"),
        "look at pipelines": _every(tick_s, "releases.tasks.look_at_pipelines", "pipelines"),
        "look at deployments": _every(tick_s, "releases.tasks.look_at_deployments", "pipelines"),
        "advance queries": _every(tick_s, "analytics.tasks.advance_queries", "queries"),
        "refresh catalogue": _every(tick_s * 5, "analytics.tasks.refresh_catalogue", "queries", name="duckdb"),
        "bring revisions": _every(tick_s * 5, "analytics.tasks.bring_revisions", "data"),
        "publish snapshots": _every(PUBLISH_S, "analytics.tasks.publish_snapshots", "data"),
        "refresh dashboards": _every(DASHBOARDS_S, "analytics.tasks.refresh_dashboards", "queries"),
        "sweep results": _every(SWEEP_S, "analytics.tasks.sweep_results", "queries"),
        "sweep OpenID tokens": _every(SWEEP_S, "portal.openid.tasks.sweep_tokens", "queries"),
        "look at notebook runs": _every(tick_s, "notebooks.tasks.look_at_runs", "queries"),
        "tend notebook servers": _every(NOTEBOOKS_S, "notebooks.tasks.tend_servers", "queries"),
    }
    if settings.CONFIGURATION.athena_region:
        glue = _every(GLUE_S, "analytics.tasks.refresh_catalogue", "queries", name="glue")
        entries["refresh Glue's catalogue"] = glue
    return entries


def _every(seconds: float, task: str, queue: str, **kwargs: Any) -> dict[str, Any]:
    # What nobody took before the next one doesn't pile up.
    options = {"queue": queue, "expires": seconds}
    return {"task": task, "schedule": schedule(run_every=seconds), "kwargs": kwargs, "options": options}


def _configure() -> dict[str, Any]:
    tick_s: float = settings.CONFIGURATION.tick_s
    return {
        "task_queues": [Queue(name) for name in QUEUES],
        "task_default_queue": "rollouts",
        "task_create_missing_queues": False,
        "task_routes": ROUTES,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        # A killed child's task came back in 0.85 s with both of these, and was lost without (measured).
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_soft_time_limit": TASK_LIMIT_S - 2,
        "task_time_limit": TASK_LIMIT_S,
        "broker_transport_options": {
            # A killed worker's task comes back after this. A task that takes longer is delivered again, too: it finds
            # the rollout's lease held and ends.
            "visibility_timeout": 10,
            # Celery's own values look only every 100 s.
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            # These bound how long sending waits for a broker that is away; a worker waits for ever by its own setting.
            "max_retries": 1,
            "interval_start": 0,
            "interval_max": 0.1,
            "socket_connect_timeout": 1,
            "socket_timeout": 5,
            "socket_keepalive": True,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A request never waits long for the queue: its row is the message, and the tick finds it.
        "task_publish_retry": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        "worker_max_tasks_per_child": 2_000,
        "enable_utc": True,
        "timezone": "UTC",
        "beat_max_loop_interval": min(tick_s, 5.0),
        "beat_schedule": _schedule(tick_s),
    }


app.conf.update(_configure())


@signals.setup_logging.connect
def _keep_djangos_logging(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as Django's settings made it."""


@signals.task_prerun.connect
def _name_task(task_id: str, kwargs: dict[str, Any], **_: Any) -> None:
    rollout_id = kwargs.get("rollout_id")
    logs.begin(task_id=task_id, **({"rollout_id": rollout_id} if rollout_id is not None else {}))


@signals.task_success.connect
def _mark_tick(sender: Any, **_: Any) -> None:
    """What /readyz and /metrics know of beat and worker. Without Redis the tick counts all the same."""
    if sender.name == TICK:
        try:
            heartbeat.mark()
        except RedisError as error:
            log.warning("the tick was done, and could not be marked: %s", error)
