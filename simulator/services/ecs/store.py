"""The services of the account, and what they are made of."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends

from simulator.operations import AwsError, Context
from simulator.services.ecs.fargate import Door
from simulator.services.ecs.fleets import Fleet
from simulator.world import WORLD

if TYPE_CHECKING:
    from simulator.services.ecs.native.deployments import ServiceDeployment
    from simulator.services.ecs.native.revisions import Revision

CODE_DEPLOY = "CODE_DEPLOY"
ECS = "ECS"


@dataclass(eq=False)
class TaskSet:
    """One task set; `share` is its part, per cent, of the service's desired count."""

    number: str
    fleet: Fleet
    target_group: str
    status: str = "ACTIVE"
    share: float = 100.0
    external_id: str = ""
    created_at: datetime = field(default_factory=WORLD.now)
    updated_at: datetime = field(default_factory=WORLD.now)

    @property
    def id(self) -> str:
        return f"ecs-svc/{self.number}"


@dataclass(eq=False)
class Service:
    """One service. `given` holds what CreateService and UpdateService were told, as DescribeServices repeats it."""

    context: Context
    cluster: str
    name: str
    definition: Any
    desired: int
    given: dict[str, Any]
    controller: str = ECS
    status: str = "ACTIVE"
    created_at: datetime = field(default_factory=WORLD.now)
    events: list[dict[str, Any]] = field(default_factory=list)
    task_sets: list[TaskSet] = field(default_factory=list)
    revisions: list["Revision"] = field(default_factory=list)
    deployments: list["ServiceDeployment"] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return self.arn_of("service")

    @property
    def cluster_arn(self) -> str:
        return f"arn:aws:ecs:{self.context.region}:{self.context.account}:cluster/{self.cluster}"

    @property
    def primary(self) -> TaskSet | None:
        return next((one for one in self.task_sets if one.status == "PRIMARY"), None)

    @property
    def door(self) -> Door | None:
        """Where the service's own tasks take traffic, by its first load balancer."""
        balancers = self.given.get("loadBalancers") or []
        return self.door_to(balancers[0]["targetGroupArn"]) if balancers else None

    def door_to(self, target_group: str, container: str = "", port: int = 0) -> Door:
        """Will give the door to `target_group`, by default of the container and port that the service names."""
        first = (self.given.get("loadBalancers") or [{}])[0]
        return Door(
            target_group, container or first.get("containerName", ""), port or int(first.get("containerPort", 80))
        )

    def arn_of(self, kind: str) -> str:
        """Will give the ARN of a `kind` that is named after the service."""
        return f"arn:aws:ecs:{self.context.region}:{self.context.account}:{kind}/{self.cluster}/{self.name}"

    def fleets(self) -> Iterator[Fleet]:
        """Will give every fleet that lives or is remembered."""
        yield from (one.fleet for one in self.task_sets)
        yield from (one.fleet for one in self.revisions)
        yield from self.leaving

    leaving: list[Fleet] = field(default_factory=list)

    def say(self, message: str) -> None:
        """Will add a line to the service's events; ECS keeps the last 100."""
        line = {"id": str(uuid.uuid4()), "createdAt": WORLD.now(), "message": f"(service {self.name}) {message}"}
        self.events = [line, *self.events][:100]

    def make_fleet(self, definition: Any, started_by: str, door: Door | None) -> Fleet:
        """Will make a fleet without tasks yet."""
        return Fleet(
            self.context,
            self.cluster,
            definition,
            f"service:{self.name}",
            started_by,
            door,
            float(self.given.get("healthCheckGracePeriodSeconds") or 0),
        )


STORE: dict[tuple[str, str], dict[tuple[str, str], Service]] = {}


@WORLD.on_reset
def _empty() -> None:
    STORE.clear()


def services(context: Context) -> dict[tuple[str, str], Service]:
    """Will give the services of the caller's account and region, by cluster and name."""
    return STORE.setdefault((context.account, context.region), {})


def find(cluster: str | None, name: str, context: Context) -> Service:
    """Will find a service that is not deleted. Raises AwsError for a cluster or a service that isn't there."""
    found = services(context).get((cluster_name(cluster, context), name.rpartition("/")[2]))
    if found is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if found.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    return found


def cluster_name(cluster: str | None, context: Context) -> str:
    """Will give the short name of a cluster that exists. Raises AwsError for one that doesn't."""
    name = (cluster or "default").rpartition("/")[2]
    if name not in backend(context).clusters:
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return name


def backend(context: Context) -> EC2ContainerServiceBackend:
    """Will give moto's ECS, which has the clusters and task definitions."""
    return ecs_backends[context.account][context.region]


def definition(name: str, context: Context) -> Any:
    """Will find a task definition that is ACTIVE. Raises AwsError for any other."""
    known = backend(context).task_definitions
    family, _, revision = name.rpartition("/")[2].partition(":")
    revisions = known.get(family, {})
    found = revisions.get(int(revision)) if revision.isdigit() else _latest(revisions)
    if found is None:
        raise AwsError("ClientException", "Unable to describe task definition.")
    if found.status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    return found


def _latest(revisions: dict[int, Any]) -> Any:
    alive = [one for one in revisions.values() if one.status == "ACTIVE"]
    return alive[-1] if alive else None


def number() -> str:
    """Will make a number as ECS gives its task sets, deployments and revisions."""
    return str(uuid.uuid4().int)[:19]
