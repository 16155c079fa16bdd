"""How blue and green do, by one look at ECS."""

from collections.abc import Mapping, Sequence

from portal.aws import Clients
from releases.rules.observation import Health, Observation
from releases.targets.ecs import deployments
from releases.targets.ecs.config import EcsConfig
from releases.targets.ecs.deployments import FORWARD, GOING_BACK, REACHABLE, Revision, ServiceDeployment, Status, Tasks

ENDED_BACK = frozenset({Status.ROLLBACK_SUCCESSFUL, Status.STOPPED})


def of(deployment: ServiceDeployment, config: EcsConfig, green: Revision | None = None) -> Observation:
    """Will tell of a deployment that has not succeeded; `green` is its revision where its images are to be checked."""
    share = deployment.target.share
    wrong = wrong_image(green, config) if green else ""
    trouble = _trouble(deployment, config)
    return Observation(
        green=_green(deployment),
        asked=share if deployment.status in FORWARD else 0,
        seen=share,
        blue=_of_many(deployment.sources),
        is_failed=bool(trouble or wrong),
        outside_status=status_of(deployment),
        preview_url=config.preview_url if deployment.status in FORWARD and _is_reachable(deployment) else "",
        message=trouble or wrong or _short(deployment),
    )


def finished(deployment: ServiceDeployment, later: ServiceDeployment | None) -> Observation:
    """Will tell of a deployment that succeeded; `later` is the service's newest deployment after it."""
    own = _own_in(deployment, later) if later else deployment.target
    share = own.share if later else 100
    # After its clean-up ECS keeps nothing of the old blue.
    return Observation(
        health_of(own), share, share, Health.ABSENT, is_finished=True, outside_status=status_of(deployment)
    )


def going_back(deployment: ServiceDeployment, way_back: ServiceDeployment) -> Observation:
    """Will tell of a deployment that had succeeded and is taken back by `way_back`, a deployment of the older one."""
    own = _own_in(deployment, way_back)
    is_back = way_back.status is Status.SUCCESSFUL
    is_stuck = way_back.status not in {*FORWARD, Status.SUCCESSFUL}
    share = 0 if is_back else 100 - way_back.target.share
    sentence = f"The way back, service deployment {way_back.name}, did not work ({way_back.said or way_back.status})"
    return Observation(
        green=Health.ABSENT if is_back else health_of(own),
        asked=100 if is_stuck else 0,
        seen=share,
        blue=health_of(way_back.target),
        is_failed=True,
        outside_status=status_of(way_back),
        message=f"{sentence}. Green still serves {share} %. It is tried again" if is_stuck else "",
    )


def replaced(deployment: ServiceDeployment, later: ServiceDeployment) -> Observation:
    """Will tell of a deployment that ECS stopped because `later`, another one, was begun."""
    own = _own_in(deployment, later)
    return Observation(
        green=health_of(own),
        asked=0,
        seen=own.share,
        blue=_of_many(later.sources),
        is_failed=True,
        outside_status=status_of(deployment),
        message=f"Another service deployment, {later.name}, took this one's place. Green has {own.share} %",
    )


def between(wanted: int, running: int, *, astray: int = 0) -> Observation:
    """Will tell what serves when no deployment runs; `astray` is the share that doesn't go to what ECS runs."""
    message = f"{astray} % of the visitors are not sent to what ECS runs" if astray else ""
    return Observation(Health.ABSENT, 0, astray, health_of(Tasks("", wanted, running)), message=message)


def health_of(tasks: Tasks) -> Health:
    """Will tell how a revision that is up does, by its tasks."""
    if not tasks.wanted and not tasks.running:
        return Health.ABSENT
    if not tasks.running:
        return Health.UNHEALTHY
    # While some answer, ECS replaces the others by itself.
    return Health.HEALTHY if tasks.running >= tasks.wanted else Health.STARTING


def status_of(deployment: ServiceDeployment) -> str:
    """Will say in ECS's own words where the deployment is, and on its way forward how far green is."""
    if deployment.status is not Status.IN_PROGRESS:
        return deployment.status
    green = deployment.target
    where = f"{deployment.status} {deployment.stage}{', paused' if deployment.pause else ''}"
    return f"{where}, {green.share} %, {green.running}/{green.wanted} tasks"


def glance(clients: Clients, arns: Sequence[str]) -> Mapping[str, str]:
    """Will say of many service deployments, 20 in a call, how their outside status begins now.

    Raises TargetError.
    """
    return {arn: status_of(found) for arn, found in deployments.describe(clients, arns).items()}


def wrong_image(revision: Revision, config: EcsConfig) -> str:
    """Will say how the image that runs differs from the release's, or give "".

    The release's is named by its digest in the task definition; what was pulled is in the service revision.
    """
    asked, runs = revision.images.get(config.container, ("", ""))
    wanted = asked.partition("@")[2]
    if not wanted or not runs or wanted == runs:
        return ""
    return (
        f"ECS runs the image {runs} in the container {config.container} and the release has {wanted}. "
        "Blue serves. Look at the registry, then release again"
    )


def _own_in(deployment: ServiceDeployment, later: ServiceDeployment) -> Tasks:
    """What a later deployment began from is what is left of this one; nothing where it isn't among that."""
    return next((one for one in later.sources if one.revision == deployment.target.revision), Tasks())


def _green(deployment: ServiceDeployment) -> Health:
    if deployment.status in ENDED_BACK and not deployment.target.share:
        return Health.ABSENT
    # Until ECS holds at the first pause, green's tasks may run and its tests not have ended.
    is_up = bool(deployment.pause or deployment.target.share) or deployment.status not in FORWARD
    return health_of(deployment.target) if is_up else Health.STARTING


def _of_many(sources: tuple[Tasks, ...]) -> Health:
    return health_of(Tasks("", sum(one.wanted for one in sources), sum(one.running for one in sources)))


def _is_reachable(deployment: ServiceDeployment) -> bool:
    return deployment.stage in REACHABLE or bool(deployment.pause)


def _trouble(deployment: ServiceDeployment, config: EcsConfig) -> str:
    said = f" ({deployment.said})" if deployment.said else ""
    share = deployment.target.share
    if deployment.status in GOING_BACK:
        is_blue_up = any(one.running for one in deployment.sources)
        serves = f"Green still has {share} %" if share else "Blue serves 100 %" if is_blue_up else "Blue is coming up"
        return f"ECS is taking green down{said}. {serves}. Nothing needs to be done"
    if deployment.status is Status.ROLLBACK_SUCCESSFUL or (deployment.status is Status.STOPPED and not share):
        return f"ECS took green down{said}. Blue serves 100 %. Find out why, then release again"
    if deployment.status is Status.STOPPED:
        return f"The service deployment was stopped{said}. Green still has {share} %. Roll back"
    if deployment.status is Status.ROLLBACK_FAILED:
        return (
            f"ECS could not take {config.service} back to blue{said}. Green has {share} % as far as ECS knows. "
            f"Look at the service in the cluster {config.cluster}"
        )
    return ""


def _short(deployment: ServiceDeployment) -> str:
    tasks = deployment.target
    is_short = _is_reachable(deployment) and tasks.running < tasks.wanted
    return f"{tasks.running} of {tasks.wanted} tasks of green run" if is_short else ""
