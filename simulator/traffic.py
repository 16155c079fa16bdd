"""Visitors that nobody is: while the account's time runs, load balancers count requests as if there were some.

Off unless it is switched on. Requests go by the weights of the production listener, fail and take their time as the
environment of the tasks' definitions says (PORTAL_FAULT_PERCENT, PORTAL_FAULT_DELAY_MS), and are counted as AWS does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moto.elbv2.models import elbv2_backends

from simulator import control
from simulator.operations import Context
from simulator.services.cloudwatch.metrics import METRICS, Metric
from simulator.services.ecs.store import STORE
from simulator.services.elbv2 import traffic as routes
from simulator.services.elbv2.targets import TARGETS
from simulator.world import WORLD

EVERY_S = 60.0
_MINUTE = timedelta(seconds=EVERY_S)
NAMESPACE = "AWS/ApplicationELB"
PRODUCTION_PORTS = (80, 443)
# What a healthy copy takes to answer, and a spread that percentiles can be told apart by: (factor, share).
ANSWER_S = 0.02
SPREAD = ((0.8, 0.5), (1.0, 0.4), (1.5, 0.09), (3.0, 0.01))


@dataclass
class _Visitors:
    requests_per_s: float = 0.0
    is_scheduled: bool = False


_VISITORS = _Visitors()


@dataclass(frozen=True)
class Behaviour:
    """How the tasks behind a target group answer."""

    fault_percent: float = 0.0
    delay_s: float = 0.0


def switch_on(*, requests_per_s: float) -> None:
    """Will send each load balancer so many requests from now on; 0 ends it."""
    with WORLD.lock:
        _VISITORS.requests_per_s = requests_per_s
        if requests_per_s and not _VISITORS.is_scheduled:
            _VISITORS.is_scheduled = True
            WORLD.after(EVERY_S, _visit)


def switch_off() -> None:
    """Will send no more."""
    switch_on(requests_per_s=0)


def _visit() -> None:
    """Will count what came in the minute that just ended, and come back in a minute."""
    _VISITORS.is_scheduled = bool(_VISITORS.requests_per_s)
    if not _VISITORS.is_scheduled:
        return
    WORLD.after(EVERY_S, _visit)
    for account, regions in list(elbv2_backends.items()):
        for region, backend in list(regions.items()):
            for balancer in list(backend.load_balancers.values()):
                _visit_balancer(balancer, Context(account, region, ""))


def _visit_balancer(balancer: Any, context: Context) -> None:
    requests = _VISITORS.requests_per_s * EVERY_S
    shares = next(filter(None, (shares_at(balancer, port, context) for port in PRODUCTION_PORTS)), {})
    if not shares:
        return
    name = _dimension(balancer.arn, "loadbalancer/")
    _count(context, "RequestCount", requests, {"LoadBalancer": name})
    for group, share in shares.items():
        if share > 0:
            _visit_group(group, requests * share / 100, name, context)


def shares_at(balancer: Any, port: int, context: Context) -> Mapping[str, float]:
    """Will give the shares, per cent by target group, of what stands at a port: a rule for every path, or else."""
    chosen = next((one for one in balancer.listeners.values() if int(one.port) == port), None)
    if chosen is None:
        return {}
    for rule in chosen.rules.values():
        patterns = [value for one in rule.conditions for value in _patterns(one)]
        if any(one in {"*", "/*"} for one in patterns):
            return routes.weights(rule.arn, context)
    return routes.weights(chosen.arn, context)


def _patterns(condition: Any) -> list[str]:
    known = condition if isinstance(condition, Mapping) else vars(condition)
    return list(known.get("PathPatternConfig", {}).get("Values") or known.get("Values") or [])


def _visit_group(group: str, requests: float, balancer: str, context: Context) -> None:
    if not any(one.is_well and one.leaves_at is None for one in TARGETS.of(group)):
        # With no healthy target the load balancer itself answers 503.
        _count(context, "HTTPCode_ELB_5XX_Count", round(requests), {"LoadBalancer": balancer})
        return
    behaviour = behaviour_of(group)
    whole = round(requests)
    errors = round(requests * behaviour.fault_percent / 100)
    pair = {"LoadBalancer": balancer, "TargetGroup": _dimension(group, "targetgroup/", keep=True)}
    for dimensions in (pair, {"LoadBalancer": balancer}):
        if dimensions is pair:
            _count(context, "RequestCount", whole, dimensions)
        _count(context, "HTTPCode_Target_5XX_Count", errors, dimensions)
        _count(context, "HTTPCode_Target_2XX_Count", whole - errors, dimensions)
        times = [(ANSWER_S * factor + behaviour.delay_s, whole * share) for factor, share in SPREAD]
        METRICS.put(_metric(context, "TargetResponseTime", dimensions), WORLD.now() - _MINUTE, times)


def behaviour_of(group: str) -> Behaviour:
    """Will give how the running tasks of a target group behave, by the environment of what they were made from."""
    found = [variables_of(one) for one in containers_of(group)]
    if not found:
        return Behaviour()
    percents = [float(one.get("PORTAL_FAULT_PERCENT") or 0) for one in found]
    delays = [float(one.get("PORTAL_FAULT_DELAY_MS") or 0) / 1000 for one in found]
    return Behaviour(sum(percents) / len(percents), sum(delays) / len(delays))


def _tasks() -> Iterator[Any]:
    for services in STORE.values():
        for service in services.values():
            for fleet in service.fleets():
                yield from (one for one in fleet.tasks if one.last_status == "RUNNING")


def containers_of(group: str) -> list[dict[str, Any]]:
    """Will give what the containers that take a target group's traffic were made from, one for each running task."""
    return [
        made
        for task in _tasks()
        if task.door and task.door.target_group == group
        for made in task.definition.container_definitions
        if made["name"] == task.door.container
    ]


def variables_of(made: Mapping[str, Any]) -> dict[str, str]:
    """Will give the environment of a container of a task definition."""
    return {one["name"]: one["value"] for one in made.get("environment") or []}


def _count(context: Context, name: str, value: float, dimensions: Mapping[str, str]) -> None:
    """A load balancer reports its counters only where they are not zero (Elastic Load Balancing user guide)."""
    if value:
        METRICS.put(_metric(context, name, dimensions), WORLD.now() - _MINUTE, [(1.0, float(round(value)))])


def _metric(context: Context, name: str, dimensions: Mapping[str, str]) -> Metric:
    return Metric(context.account, context.region, NAMESPACE, name, frozenset(dimensions.items()))


def _dimension(arn: str, kind: str, *, keep: bool = False) -> str:
    """The part of an ARN by which the load balancer's metrics are told apart, such as app/name/id."""
    _, _, rest = arn.partition(f":{kind}")
    return f"{kind}{rest}" if keep else rest


@WORLD.on_reset
def _empty() -> None:
    _VISITORS.requests_per_s = 0.0
    _VISITORS.is_scheduled = False


def _control(body: control.Body) -> Any:
    if "requests_per_s" in body:
        switch_on(requests_per_s=float(body["requests_per_s"]))
    return {"requests_per_s": _VISITORS.requests_per_s}


control.register("traffic", _control)
