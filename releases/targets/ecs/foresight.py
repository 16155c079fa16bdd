"""What a promotion will ask ECS, in order, and what was checked for it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from portal.aws import Clients
from releases.rules.foresight import Finding, Foresight, PlannedCall
from releases.rules.observation import Health
from releases.targets.cloud import alarms, images, permissions, quotas
from releases.targets.ecs import deployments, view
from releases.targets.ecs.config import EcsConfig
from releases.targets.ecs.deployments import UNENDED, ServiceDeployment

ACTIONS = alarms.ACTIONS | images.ACTIONS | permissions.ACTIONS | quotas.ACTIONS
CONTINUE, STOP, UPDATE = "ecs:ContinueServiceDeployment", "ecs:StopServiceDeployment", "ecs:UpdateService"


def of(
    clients: Clients, config: EcsConfig, deployment: ServiceDeployment, weights: Sequence[int], *, now: datetime
) -> Foresight:
    """Will list the pauses that are ended along `weights`, and check what would stop them.

    A pause's id is new each time, so the calls are named by what they lead to. Raises TargetError.
    """
    steps = (PlannedCall(CONTINUE, f"{deployment.name}: the pause before {step}") for step in _steps(config, weights))
    last = PlannedCall(CONTINUE, f"{deployment.name}: the pause before blue is taken down")
    return Foresight((*steps, last), tuple(_findings(clients, config, deployment, weights, now=now)))


def _steps(config: EcsConfig, weights: Sequence[int]) -> Iterator[str]:
    """ECS stops at each of its own shares, be they the plan's or only on the way to one of them."""
    for share in (one for one in config.weights if one <= max(weights, default=0)):
        towards = min(one for one in weights if one >= share)
        yield f"{share} %" if share == towards else f"{share} %, on the way to {towards} %"


def _findings(
    clients: Clients, config: EcsConfig, deployment: ServiceDeployment, weights: Sequence[int], *, now: datetime
) -> Iterator[Finding]:
    revision = deployments.revision(clients, deployment.target.revision)
    seen = view.of(deployment, config, revision)
    green, blue = deployment.target, sum(one.running for one in deployment.sources)
    is_held = seen.green is Health.HEALTHY and bool(deployment.pause)
    sentence = f"{green.running} of {green.wanted} tasks of green run; ECS is at {view.status_of(deployment)}"
    yield Finding("green", sentence, is_good=is_held and not seen.is_failed)
    if seen.is_failed:
        yield Finding("image" if deployment.pause else "failed", seen.message, is_good=False)
    is_warm = seen.blue is Health.HEALTHY
    yield Finding("blue", f"{blue} tasks of blue run", is_good=is_warm, is_blocking=False)
    yield _plan(config, weights)
    yield images.finding(clients, revision.images.get(config.container, ("", ""))[0])
    missing = max(0, green.wanted - green.running)
    yield from quotas.findings(clients, revision.task_definition, missing, now=now)
    yield _others(clients, config, deployment)
    # What goes on, and what goes back, also after everything is done.
    yield permissions.finding(clients, {deployment.arn: (CONTINUE, STOP), deployment.service: (UPDATE,)})
    yield from alarms.findings(clients, config.alarms)


def _others(clients: Clients, config: EcsConfig, deployment: ServiceDeployment) -> Finding:
    """A newer service deployment takes this one's place (ECS API reference, UpdateService)."""
    listed = deployments.history(clients, config, statuses=UNENDED)
    others = [one for one in listed if one.arn != deployment.arn]
    if not others:
        return Finding("service", f"No other service deployment of {config.service} is on its way", is_good=True)
    name = others[0].arn.rpartition("/")[2]
    sentence = f"The service deployment {name} of {config.service} is {others[0].status}, and it is not this one"
    return Finding("service", sentence, is_good=False)


def _plan(config: EcsConfig, weights: Sequence[int]) -> Finding:
    stops = ", ".join(f"{one} %" for one in config.weights)
    strange = [one for one in weights if one not in config.weights]
    sentence = f"ECS's strategy {config.strategy} stops at {stops}"
    if strange:
        sentence += f", and the plan wants {', '.join(f'{one} %' for one in strange)}"
    return Finding("plan", sentence, is_good=not strange)
