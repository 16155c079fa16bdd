"""Targets and their health, which follows from what is registered, since when, and whether it is well."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.elbv2.models import ELBv2Backend, elbv2_backends

from simulator.operations import Context
from simulator.world import WORLD

# A health check each 5 s, of which 2 must pass: how the stage's target groups are best set for a deployment.
REGISTERING_S = 5
CHECKING_S = 10


@dataclass
class Target:
    """One address in a target group. `is_well` says whether it would answer the health checks."""

    id: str
    port: int
    registered_at: datetime
    is_well: bool = True
    leaves_at: datetime | None = None


@dataclass
class Targets:
    """The targets of all groups, by the group's ARN and then by address and port."""

    by_group: dict[str, dict[tuple[str, int], Target]] = field(default_factory=dict)

    def register(self, group: str, address: str, port: int, *, is_well: bool = True) -> Target:
        """Will add a target to `group`, or take one back that was leaving."""
        members = self.by_group.setdefault(group, {})
        known = members.get((address, port))
        if known is None or known.leaves_at is not None:
            known = members[address, port] = Target(address, port, WORLD.now(), is_well)
        return known

    def deregister(self, group: str, address: str, port: int, *, delay_s: float) -> bool:
        """Will let a target drain for `delay_s`; False where it isn't there."""
        target = self.by_group.get(group, {}).get((address, port))
        if target is None:
            return False
        if target.leaves_at is None:
            target.leaves_at = WORLD.now()
            WORLD.after(delay_s, lambda: self._remove(group, target))
        return True

    def of(self, group: str) -> list[Target]:
        """Will list the targets of `group`, also those that drain."""
        return list(self.by_group.get(group, {}).values())

    def _remove(self, group: str, target: Target) -> None:
        members = self.by_group.get(group, {})
        if members.get((target.id, target.port)) is target:
            del members[target.id, target.port]


TARGETS = Targets()


@WORLD.on_reset
def _empty() -> None:
    TARGETS.by_group.clear()


def health(target: Target, *, is_in_use: bool) -> dict[str, str]:
    """Will say, as TargetHealth, how a target is now (ELBv2 API reference, TargetHealth)."""
    if target.leaves_at is not None:
        return _state("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    if not is_in_use:
        text = "Target group is not configured to receive traffic from the load balancer"
        return _state("unused", "Target.NotInUse", text)
    age_s = (WORLD.now() - target.registered_at).total_seconds()
    if age_s < REGISTERING_S:
        return _state("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
    if age_s < REGISTERING_S + CHECKING_S:
        return _state("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    if not target.is_well:
        text = "Health checks failed with these codes: [503]"
        return _state("unhealthy", "Target.ResponseCodeMismatch", text)
    return {"State": "healthy"}


def _state(state: str, reason: str, description: str) -> dict[str, str]:
    return {"State": state, "Reason": reason, "Description": description}


def is_in_use(backend: ELBv2Backend, group: str) -> bool:
    """Will say whether any listener or rule forwards to `group`, be it with weight 0."""
    return any(group in _groups_of(action) for action in _actions(backend))


def drain_delay_s(context: Context, group: str) -> float:
    """Will give a target group's deregistration delay; 0 for a group that is gone."""
    known = elbv2_backends[context.account][context.region].target_groups.get(group)
    return float(str(known.attributes["deregistration_delay.timeout_seconds"])) if known else 0.0


def _actions(backend: ELBv2Backend) -> Iterator[Any]:
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            yield from listener.default_actions
            for rule in listener.rules.values():
                yield from rule.actions


def _groups_of(action: Any) -> set[str]:
    named = {one["TargetGroupArn"] for one in action.data.get("ForwardConfig", {}).get("TargetGroups", [])}
    return named | {action.data.get("TargetGroupArn", "")}
