"""How much of Fargate's vCPU the account's tasks take, as CloudWatch counts it (ECS guide, "Fargate usage metrics")."""

from collections.abc import Mapping
from types import MappingProxyType

from simulator.operations import Context
from simulator.services.cloudwatch.metrics import METRICS, Metric
from simulator.services.ecs.fargate import LIVE
from simulator.services.ecs.store import services
from simulator.world import WORLD

DIMENSIONS: Mapping[str, str] = MappingProxyType(
    {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": "Standard/OnDemand"}
)
UNITS = 1024


def count(context: Context) -> None:
    """Will count what runs now, into the minute of now."""
    metric = Metric(context.account, context.region, "AWS/Usage", "ResourceCount", frozenset(DIMENSIONS.items()))
    METRICS.put(metric, WORLD.now(), [(vcpu(context), 1.0)])


def vcpu(context: Context) -> float:
    """Will add up the vCPU of every task that is up or on its way."""
    tasks = (task for service in services(context).values() for fleet in service.fleets() for task in fleet.tasks)
    return sum(int(task.definition.cpu or 0) / UNITS for task in tasks if task.last_status in LIVE)


METRICS.count_before_reading(count)
