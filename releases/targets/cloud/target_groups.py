"""Which target group is blue's and which green's while a release is on its way: what a measure counts by."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class TargetGroups:
    """The ARNs of both target groups, and the ARN of a listener or rule of the load balancer before them."""

    blue: str
    green: str
    listener: str

    @property
    def load_balancer(self) -> str:
        """The load balancer as CloudWatch's dimension names it, such as app/shop/50dc6c495c0c9188.

        The ARNs of its listeners and rules hold it: …:listener/app/NAME/ID/… and …:listener-rule/app/NAME/ID/….
        """
        return "/".join(self.listener.rpartition(":")[2].split("/")[1:4])


def dimension(target_group: str) -> str:
    """Will name a target group as CloudWatch's dimension does, such as targetgroup/shop-a/943f017f100becff."""
    return target_group.rpartition(":")[2]


@runtime_checkable
class Balanced(Protocol):
    """A target whose colours stand behind a load balancer."""

    def target_groups(self) -> TargetGroups:
        """Will say which is which now.

        Raises TargetError, not permanent while no release is on its way.
        """
        ...
