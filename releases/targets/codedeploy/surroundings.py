"""What stands around a green that waits: its group, its load balancer, its targets, and CodeDeploy's patience."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from portal.aws import Clients
from releases.rules.foresight import Finding
from releases.targets.codedeploy import services
from releases.targets.codedeploy.deployments import Deployment, Progress, Status
from releases.targets.codedeploy.services import HEALTHY, UNCHECKED, Group, TaskSet

# From when on the end of the wait is near: so long before it, or a quarter of a short one.
NEAR = timedelta(minutes=10)


def group(found: Group, name: str, deployment: Deployment) -> Finding:
    """Will say whether another deployment has the group: it takes one at a time."""
    if found.newest in {"", deployment.id}:
        return Finding("group", f"No other deployment is on its way in {name}", is_good=True)
    return Finding("group", f"{found.newest} is on its way in {name}, and it is not this one", is_good=False)


def patience(deployment: Deployment, progress: Progress, *, now: datetime) -> tuple[Finding, ...]:
    """Will say how long CodeDeploy still waits for the promotion, and what it does then; nothing before it waits.

    That its clock begins as the last event before the wait ends is our reading: the user guide does not say.
    """
    wait = timedelta(minutes=deployment.ready_wait_minutes)
    if deployment.status is not Status.READY or not wait or progress.held_since is None:
        return ()
    until = progress.held_since + wait
    minutes = max(0, int((until - now) / timedelta(minutes=1)))
    then = f"then it stops {deployment.id} and takes green down, and blue serves on"
    sentence = f"CodeDeploy waits {minutes} min more, until {until:%d %B %H:%M} UTC; {then}"
    return (Finding("ready-wait", sentence, is_good=until - now > min(NEAR, wait / 4), is_blocking=False),)


def balancer(clients: Clients, found: Group, green: TaskSet | None, blue: TaskSet | None) -> Iterator[Finding]:
    """Will say who else uses the target groups of both colours, and whether green's targets answer.

    Of a listener its default action is looked at. Raises TargetError.
    """
    if green is None or not green.target_group:
        yield Finding("targets", "ECS does not show green's task set", is_good=False)
        return
    groups = {one.target_group: name for one, name in ((green, "green"), (blue, "blue")) if one is not None}
    used = list(_used(clients, found, groups))
    yield from used
    if not used:
        names = " and ".join(_short(one) for one in groups)
        yield Finding("listeners", f"No other listener leads to {names}", is_good=True)
    yield _targets(green, services.states_of(clients, green.target_group))


def _used(clients: Clients, found: Group, groups: dict[str, str]) -> Iterator[Finding]:
    for listener in services.listeners_beside(clients, found):
        if listener.arn == found.test_listener:
            continue
        # To blue the production listener leads, and nothing else.
        own = {name for arn, name in groups.items() if listener.shares.get(arn)}
        foreign = own - {"blue"} if listener.arn == found.listener else own
        for colour in sorted(foreign):
            what = "The production listener" if listener.arn == found.listener else f"The listener {listener.arn}"
            sentence = f"{what} sends visitors to {colour} already, and CodeDeploy did not ask for it"
            yield Finding("listeners", sentence, is_good=False, is_blocking=colour == "green")


def _targets(green: TaskSet, states: tuple[str, ...]) -> Finding:
    name = _short(green.target_group)
    expected = max(green.wanted, green.running)
    if len(states) > expected:
        sentence = f"{name} has {len(states)} targets, and green has {expected} tasks: somebody else's are among them"
        return Finding("targets", sentence, is_good=False)
    if states and UNCHECKED.issuperset(states):
        sentence = f"No listener leads to {name}, so nothing has checked whether green's {len(states)} targets answer"
        return Finding("targets", sentence, is_good=False, is_blocking=False)
    well = states.count(HEALTHY)
    return Finding("targets", f"{well} of green's {green.wanted} targets answer", is_good=well >= green.wanted > 0)


def _short(target_group: str) -> str:
    """The name in arn:…:targetgroup/NAME/ID."""
    return target_group.rpartition(":")[2].split("/")[1]
