"""Whether the account has room for a second colour beside the first: each release runs the service's tasks twice.

Of AWS's quotas that one stops a blue/green release: "Fargate On-Demand vCPU resource count", of an account and Region,
6 in a new account (Amazon ECS developer guide, "AWS Fargate service quotas"). The others that a release comes near,
tasks per service and target groups per load balancer, count what stands there anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.aws import Clients
from releases.rules.foresight import Finding
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told

ACTIONS = frozenset({"cloudwatch:GetMetricData", "ecs:DescribeTaskDefinition", "servicequotas:GetServiceQuota"})
FARGATE, VCPU = "fargate", "L-3032A538"
CODE = "quota"
# Usage is counted each minute and may be minutes late (CloudWatch user guide, "AWS usage metrics").
RECENT = timedelta(minutes=15)
PERIOD_S = 60


@dataclass(frozen=True)
class Room:
    """Fargate's vCPU in an account and Region: how many may run at once, and how many did when last counted."""

    limit: float
    used: float

    @property
    def left(self) -> float:
        return max(0.0, self.limit - self.used)

    @property
    def sentence(self) -> str:
        return f"Fargate runs {self.used:g} of the {self.limit:g} vCPU that this account may run at once"


@dataclass(frozen=True)
class Need:
    """So many tasks that are still to start, of `vcpu` each; 0 where they don't run on Fargate."""

    tasks: int
    vcpu: float

    @property
    def total(self) -> float:
        return self.tasks * self.vcpu

    @property
    def sentence(self) -> str:
        return f"green's {self.tasks} tasks to start need {self.total:g} vCPU"


def refuse_without_room(clients: Clients, definition: str, tasks: int, *, now: datetime) -> None:
    """Will do nothing where `tasks` more of a task definition fit, or where nobody can tell.

    Raises TargetError, not permanent, where they don't: CodeDeploy and ECS would wait for them in vain.
    """
    try:
        need = Need(tasks, _vcpu(clients, definition))
        room = _room(clients, now=now) if need.total else None
    except TargetError:
        return  # what can't be looked up is told before the promotion
    if room is not None and need.total > room.left:
        advice = f"stop something, or ask Service Quotas for more of {VCPU}"
        raise TargetError("no-room", f"{room.sentence}, and {need.sentence}; {advice}", permanent=False)


def findings(clients: Clients, definition: str, tasks: int, *, now: datetime) -> tuple[Finding, ...]:
    """Will say whether `tasks` more of a task definition fit; nothing where they don't run on Fargate.

    What can't be looked up is told and stands in nobody's way, and is no good either.
    """
    try:
        need = Need(tasks, _vcpu(clients, definition))
        room = _room(clients, now=now) if need.vcpu else None
    except TargetError as error:
        sentence = f"Whether Fargate has room for both colours is not known: {error.message}"
        return (Finding(CODE, sentence, is_good=False, is_blocking=False),)
    if room is None:
        return ()
    if need.total > room.left:
        return (Finding(CODE, f"{room.sentence}, and {need.sentence}", is_good=False),)
    return (Finding(CODE, f"{room.sentence}, blue and green among them", is_good=True),)


def _vcpu(clients: Clients, definition: str) -> float:
    """What one task takes of Fargate's vCPU: its `cpu` are 1024ths (ECS API reference, TaskDefinition)."""
    with told(f"ECS about {definition.rpartition('/')[2]}"):
        described = clients("ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
    is_fargate = "FARGATE" in described.get("requiresCompatibilities", [])
    return int(described.get("cpu", 0)) / 1024 if is_fargate else 0.0


def _room(clients: Clients, *, now: datetime) -> Room:
    with told("Service Quotas how many vCPU Fargate may run"):
        answer = clients("service-quotas").get_service_quota(ServiceCode=FARGATE, QuotaCode=VCPU)
    quota = answer["Quota"]
    return Room(float(quota["Value"]), _used(clients, quota.get("UsageMetric", {}), now=now))


def _used(clients: Clients, metric: Mapping[str, Any], *, now: datetime) -> float:
    """The newest count of what runs, by the metric that the quota itself names."""
    dimensions = [{"Name": name, "Value": value} for name, value in metric.get("MetricDimensions", {}).items()]
    named = {"Namespace": metric.get("MetricNamespace", ""), "MetricName": metric.get("MetricName", "")}
    counted = {
        "Metric": {**named, "Dimensions": dimensions},
        "Period": PERIOD_S,
        "Stat": metric.get("MetricStatisticRecommendation", "Maximum"),
    }
    values: list[float] = []
    if all(named.values()):
        with told("CloudWatch how many vCPU Fargate runs"):
            answer = clients("cloudwatch").get_metric_data(
                MetricDataQueries=[{"Id": "used", "MetricStat": counted}],
                StartTime=now - RECENT,
                EndTime=now + timedelta(seconds=PERIOD_S),
                ScanBy="TimestampDescending",
            )
        values = answer["MetricDataResults"][0]["Values"]
    if not values:
        raise TargetError("usage-unknown", "CloudWatch has no count of the vCPU that Fargate runs", permanent=False)
    return float(values[0])
