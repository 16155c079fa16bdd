"""Visitors whom somebody sent elsewhere by hand while ECS deploys: seen, and put back.

Only while it waits at one of our pauses: in between the rule is ECS's own to change.
"""

from dataclasses import dataclass

from portal.aws import Clients
from releases.targets.ecs import deployments, rules
from releases.targets.ecs.deployments import FORWARD, Revision, ServiceDeployment
from releases.targets.ecs.rules import Rule


@dataclass(frozen=True)
class Astray:
    """The production rule gives green `seen` per cent of the visitors, and ECS gave it `given`."""

    rule: Rule
    green: Revision
    seen: int
    given: int

    @property
    def sentence(self) -> str:
        """Will say what differs."""
        return f"The production rule sends {self.seen} % to green, and ECS gave it {self.given} %"


def find(clients: Clients, deployment: ServiceDeployment) -> Astray | None:
    """Will compare what the rule does with what ECS told it; None where both agree, or while ECS changes it.

    Raises TargetError.
    """
    if deployment.status not in FORWARD or not deployment.pause:
        return None
    green = deployments.revision(clients, deployment.target.revision)
    rule = rules.describe(clients, green.listener)
    if rule is None:
        return None
    seen, given = rule.share_of(green.target_group), deployment.target.share
    return Astray(rule, green, seen, given) if seen != given else None


def put_back(clients: Clients, found: Astray) -> None:
    """Will set the weights that ECS set; saying it twice is one change. Raises TargetError."""
    weights = {found.green.target_group: found.given, found.green.other_target_group: 100 - found.given}
    rules.weigh(clients, found.rule, weights)
