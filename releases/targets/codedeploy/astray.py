"""Visitors whom somebody sent elsewhere by hand while a deployment is under way: seen, and put back.

Only while CodeDeploy holds, before its traffic and after it: in between the listener is its own to move.
"""

from dataclasses import dataclass

from portal.aws import Clients
from releases.targets.base import TargetError
from releases.targets.codedeploy import services
from releases.targets.codedeploy.config import CodeDeployConfig
from releases.targets.codedeploy.deployments import Deployment, Progress, Status
from releases.targets.codedeploy.services import Listener


@dataclass(frozen=True)
class Astray:
    """The production listener gives green `seen` per cent of the visitors, and CodeDeploy gave it `given`."""

    listener: Listener
    seen: int
    given: int

    @property
    def sentence(self) -> str:
        """Will say what differs."""
        return f"The production listener sends {self.seen} % to green, and CodeDeploy gave it {self.given} %"


def find(clients: Clients, config: CodeDeployConfig, deployment: Deployment, progress: Progress) -> Astray | None:
    """Will compare what the listener does with what CodeDeploy told it; None where both agree, or while it moves them.

    Raises TargetError.
    """
    holds = deployment.status is Status.READY or deployment.is_termination_wait
    green, given = progress.green.target_group, round(progress.green.share)
    if not holds or not green or given not in {0, 100}:
        return None
    listener = services.listener(clients, config)
    seen = round(sum(share for arn, share in listener.shares.items() if _name(arn) == green))
    return Astray(listener, seen, given) if seen != given else None


def put_back(clients: Clients, config: CodeDeployConfig, deployment: Deployment, found: Astray) -> None:
    """Will send everybody where CodeDeploy sent them; saying it twice is one change.

    Raises TargetError, not permanent while ECS doesn't show the task set that should have them.
    """
    sets = services.describe(clients, config).colours
    wanted = next((one for one in sets if (one.deployment == deployment.id) == (found.given == 100)), None)
    if wanted is None:
        raise TargetError(
            "task-set-unseen", f"{found.sentence}; ECS doesn't show who should have them", permanent=False
        )
    services.route(clients, found.listener, wanted.target_group)


def _name(arn: str) -> str:
    """arn:…:targetgroup/NAME/ID"""
    return arn.split("/")[1] if arn.count("/") > 1 else arn
