"""How blue and green do, from what CodeDeploy, ECS and the load balancer say."""

from releases.rules.observation import Health, Observation
from releases.targets.codedeploy.config import CodeDeployConfig
from releases.targets.codedeploy.deployments import Deployment, Progress, Status, TaskSet
from releases.targets.codedeploy.services import Listener, Service
from releases.targets.codedeploy.services import TaskSet as ServiceTaskSet


def of_active(
    deployment: Deployment, progress: Progress, config: CodeDeployConfig, *, blue: TaskSet | ServiceTaskSet | None
) -> Observation:
    """Will tell of a deployment that is under way, by its own task sets."""
    share = round(progress.green.share)
    is_promoted = share > 0 or progress.has_begun("BeforeAllowTraffic")
    # Until CodeDeploy holds, green's tasks may run and its tests not have ended.
    is_up = deployment.status is Status.READY or is_promoted
    has_preview = is_up or progress.has_passed("AllowTestTraffic")
    return Observation(
        green=_health(progress.green) if is_up else Health.STARTING,
        asked=100 if is_promoted else 0,
        seen=share,
        blue=_health(blue),
        outside_status=status_of(deployment, progress),
        preview_url=config.preview_url if has_preview else "",
        message=progress.trouble or _short(progress.green, is_up=is_up),
    )


def status_of(deployment: Deployment, progress: Progress) -> str:
    """Will say where the deployment is, in CodeDeploy's words and ours."""
    # What the status is during the termination wait is not documented.
    if deployment.is_termination_wait:
        return f"{deployment.id} {deployment.status}: blue is kept for a way back"
    if deployment.status is Status.READY:
        return f"{deployment.id} Ready: waits for promotion"
    return f"{deployment.id} {deployment.status}{f': {progress.current}' if progress.current else ''}"


def finished(deployment: Deployment, service: Service, listener: Listener) -> Observation:
    """Will tell of a deployment that succeeded: it is blue, unless a later one took its place."""
    own = service.of(deployment.id)
    share = _share(own, listener)
    return Observation(
        green=_health(own),
        asked=100 if own is not None and own.is_primary else 0,
        seen=share,
        # After the termination wait CodeDeploy keeps nothing of the old blue.
        blue=Health.ABSENT,
        is_finished=True,
        outside_status=f"{deployment.id} {deployment.status}",
    )


def ended(
    deployment: Deployment, service: Service, listener: Listener, *, trouble: str, back: Deployment | None
) -> Observation:
    """Will tell of a deployment that failed, was stopped or is being taken back, by the service and its listener.

    `back` is the deployment that takes it back, where there is one.
    """
    own = service.of(deployment.id)
    share = _share(own, listener)
    others = [one for one in service.task_sets if one is not own]
    is_back_on_its_way = back is not None and back.is_active
    return Observation(
        green=_health(own) if share or is_back_on_its_way else _left(own),
        asked=0,
        seen=share,
        blue=_health(others[0]) if others else Health.ABSENT,
        is_failed=True,
        outside_status=_ended_status(deployment, back),
        message=_message(deployment, trouble, share, back),
    )


def between(service: Service, listener: Listener, *, is_busy: bool) -> Observation:
    """Will tell what serves when no rollout runs: the primary task set should have every visitor.

    While a deployment is under way the traffic is CodeDeploy's to move, and nothing has drifted.
    """
    primary = service.primary
    if primary is None:
        return Observation(Health.ABSENT, 0, 0, Health.ABSENT)
    seen = round(100 - listener.shares.get(primary.target_group, 0.0))
    message = f"The production listener sends {seen} % past the primary task set" if seen and not is_busy else ""
    return Observation(Health.ABSENT, seen if is_busy else 0, seen, _health(primary), message=message)


def _health(tasks: TaskSet | ServiceTaskSet | None) -> Health:
    if tasks is None or (not tasks.wanted and not tasks.running):
        return Health.ABSENT
    if not tasks.running:
        return Health.UNHEALTHY
    # While some answer, ECS replaces the others by itself.
    return Health.HEALTHY if tasks.running >= tasks.wanted else Health.STARTING


def _left(own: ServiceTaskSet | None) -> Health:
    """What still runs of a green without traffic: CodeDeploy takes it down by itself."""
    return Health.ABSENT if own is None or not own.running else _health(own)


def _share(own: ServiceTaskSet | None, listener: Listener) -> int:
    return round(listener.shares.get(own.target_group, 0.0)) if own is not None else 0


def _short(tasks: TaskSet, *, is_up: bool) -> str:
    return f"{tasks.running} of {tasks.wanted} tasks of green run" if is_up and tasks.running < tasks.wanted else ""


def _ended_status(deployment: Deployment, back: Deployment | None) -> str:
    told = f"{deployment.id} {deployment.status}"
    return f"{told}, taken back by {back.id} ({back.status})" if back is not None else told


def _message(deployment: Deployment, trouble: str, share: int, back: Deployment | None) -> str:
    why = trouble or deployment.trouble or ("" if deployment.status is Status.SUCCEEDED else "no reason given")
    happened = f"CodeDeploy's deployment {deployment.id} {deployment.status.lower()}{f' ({why})' if why else ''}"
    if back is not None and not back.is_active and back.status is not Status.SUCCEEDED:
        happened = f"{happened}, and {back.id}, which was to take it back, {back.status.lower()} ({back.trouble})"
    elif back is not None and deployment.status is Status.SUCCEEDED:
        happened = f"{happened} and is taken back by {back.id}"
    serves = f"Green still has {share} %" if share else "Blue serves 100 %"
    return f"{happened}. {serves}"
