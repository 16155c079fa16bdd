"""Service revisions: one task definition at one time, its tasks, and the traffic that is wanted for it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.operations import Context, Parameters, operation
from simulator.services.ecs import images
from simulator.services.ecs.answers import shown
from simulator.services.ecs.fleets import Fleet
from simulator.services.ecs.store import STORE, Service, number
from simulator.world import WORLD


@dataclass(eq=False)
class Revision:
    """One revision of `service`; weights are per cent."""

    service: Service
    definition: Any
    fleet: Fleet
    target_group: str
    number: str = field(default_factory=number)
    created_at: datetime = field(default_factory=WORLD.now)
    production: float = 0.0
    test: float = 0.0

    @property
    def arn(self) -> str:
        return f"{self.service.arn_of('service-revision')}/{self.number}"

    def counts(self) -> dict[str, Any]:
        """Will show its tasks, as DescribeServices does."""
        return {
            "arn": self.arn,
            "requestedTaskCount": self.fleet.desired,
            "runningTaskCount": self.fleet.running,
            "pendingTaskCount": self.fleet.pending,
        }

    def summary(self) -> dict[str, Any]:
        """Will show its tasks and its traffic, as DescribeServiceDeployments does."""
        return {
            **self.counts(),
            "requestedProductionTrafficWeight": self.production,
            "requestedTestTrafficWeight": self.test,
        }

    def shown(self) -> dict[str, Any]:
        """Will show it as DescribeServiceRevisions does."""
        given = self.service.given
        balancers = given.get("loadBalancers") or []
        rules = [one.get("advancedConfiguration", {}).get("productionListenerRule") for one in balancers]
        resolved = [shown({"targetGroupArn": self.target_group, "productionListenerRule": rule}) for rule in rules]
        return shown(
            {
                "serviceRevisionArn": self.arn,
                "serviceArn": self.service.arn,
                "clusterArn": self.service.cluster_arn,
                "taskDefinition": self.definition.arn,
                "launchType": given.get("launchType"),
                "platformVersion": given.get("platformVersion", "1.4.0"),
                "loadBalancers": balancers,
                "networkConfiguration": given.get("networkConfiguration"),
                "containerImages": [_image(made) for made in self.definition.container_definitions],
                "guardDutyEnabled": False,
                "createdAt": self.created_at,
                "resolvedConfiguration": {"loadBalancers": resolved},
            }
        )


# Every revision there ever was: ECS can describe those that serve no more.
REVISIONS: dict[str, Revision] = {}


@WORLD.on_reset
def _empty() -> None:
    REVISIONS.clear()


def make(service: Service, definition: Any, target_group: str) -> Revision:
    """Will make a revision without tasks yet."""
    door = service.door_to(target_group) if target_group else None
    revision = Revision(service, definition, service.make_fleet(definition, "", door), target_group)
    revision.fleet.started_by = f"ecs-svc/{revision.number}"
    REVISIONS[revision.arn] = revision
    return revision


@operation("ecs", "DescribeServiceRevisions")
def describe_service_revisions(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show revisions, with the digests of the images that they really run."""
    is_here = (context.account, context.region) in STORE
    found = {arn: REVISIONS.get(arn) if is_here else None for arn in parameters["serviceRevisionArns"]}
    return {
        "serviceRevisions": [one.shown() for one in found.values() if one],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn, one in found.items() if one is None],
    }


def _image(made: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"containerName": made["name"], "image": made["image"]}
    with suppress(images.PullError):
        facts["imageDigest"] = images.digest(made["image"])
    return facts
