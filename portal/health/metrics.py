"""Numbers for Prometheus, read from their sources at each scrape: nothing is counted aside and nothing is guessed."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import RedisError

from portal import runtime_paths
from portal.health import heartbeat
from portal.sockets.supervisor import SupervisorApi, SupervisorError
from releases.models import Request, Rollout
from releases.rules.states import State

ON_DEMAND = "notebook-"
log = logging.getLogger(__name__)


class Rollouts(Collector):
    """Reads the database. A scrape fails when the database does, as it should."""

    def collect(self) -> Iterator[Metric]:
        counted = dict(Rollout.objects.order_by().values_list("state").annotate(Count("id")))
        rollouts = GaugeMetricFamily("verdigris_rollouts", "Rollouts by state.", labels=["state"])
        for state in State:
            rollouts.add_metric([state.value], counted.get(state.value, 0))
        yield rollouts
        yield GaugeMetricFamily(
            "verdigris_rollouts_awaiting_promotion",
            "Rollouts whose green is healthy and waits for approvals and promotion.",
            value=counted.get(State.READY.value, 0),
        )
        yield self._oldest_request()

    def _oldest_request(self) -> Metric:
        asked_at = Request.objects.filter(settled_at=None).aggregate(at=Min("asked_at"))["at"]
        # A scrape is where the time is read.
        age_s = (timezone.now() - asked_at).total_seconds() if asked_at else 0.0  # noqa: TID251
        return GaugeMetricFamily(
            "verdigris_oldest_unsettled_request_age_seconds",
            "Age of the oldest ask that no advance has settled; 0 when there is none.",
            value=max(0.0, age_s),
        )


class Ticks(Collector):
    """Reads the last tick from Redis. While there is none to read, there is no number."""

    def collect(self) -> Iterator[Metric]:
        try:
            age_s = heartbeat.age_s()
            waiting = int(str(heartbeat.client().llen("rollouts")))
        except RedisError as error:
            log.warning("the tick's age and the queue's length are left out of the metrics: %s", error)
            return
        if age_s is not None:
            yield GaugeMetricFamily("verdigris_tick_age_seconds", "Seconds since a worker did a tick.", value=age_s)
        yield GaugeMetricFamily("verdigris_queue_length", "Messages in the queue of rollouts.", value=waiting)


class Processes(Collector):
    """Reads what supervisord runs, and from /proc what each of those costs."""

    def collect(self) -> Iterator[Metric]:
        path = runtime_paths.supervisor_socket(settings.STATE_DIR)
        if not path.exists():
            return
        try:
            infos = SupervisorApi(path, limit_s=1.0).call("getAllProcessInfo")
        except SupervisorError as error:
            log.warning("the processes are left out of the metrics: %s", error)
            return
        yield from _families(infos)


def _families(infos: list[dict[str, Any]]) -> Iterator[Metric]:
    labels = ["process"]
    up = GaugeMetricFamily("verdigris_process_up", "1 while the supervised process runs.", labels=labels)
    memory = GaugeMetricFamily(
        "verdigris_process_resident_bytes", "Its resident memory, children apart.", labels=labels
    )
    started = GaugeMetricFamily("verdigris_process_start_time_seconds", "When it was last started.", labels=labels)
    for info in infos:
        name = [str(info["name"])]
        is_up = info["statename"] == "RUNNING"
        if not is_up and str(info["name"]).startswith(ON_DEMAND):
            continue  # it waits until somebody opens a notebook
        up.add_metric(name, int(is_up))
        resident = _resident_bytes(int(info["pid"])) if is_up else None
        if resident is not None:
            memory.add_metric(name, resident)
            started.add_metric(name, float(info["start"]))
    yield from (up, memory, started)


def _resident_bytes(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    sizes = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(sizes[0]) * 1024 if sizes else None


registry = CollectorRegistry()
for collector in (Rollouts(), Ticks(), Processes()):
    registry.register(collector)
