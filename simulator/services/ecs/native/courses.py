"""How a service deployment goes: its stages in order, or back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.operations import AwsError
from simulator.services.ecs import alarms
from simulator.services.ecs.lives import Course, until
from simulator.services.ecs.native.hooks import HookError, run_all
from simulator.world import WORLD

if TYPE_CHECKING:
    from simulator.services.ecs.native.deployments import ServiceDeployment

# Our reading, where AWS gives no numbers: short steps take seconds, no stage takes longer than a day.
STARTING_S = 2.0
SHIFTING_S = 5.0
ASKED_S = 3.0
STAGE_LIMIT_S = 24 * 3600.0


class RollbackError(Exception):
    """The deployment goes back; the text is its reason."""


class Replaced(Exception):  # noqa: N818 - no error: a newer deployment has begun
    """A newer deployment of the same service has begun."""


def course(deployment: "ServiceDeployment") -> Course:
    """Will bring the target up and the traffic to it, or bring everything back."""
    try:
        yield STARTING_S
        deployment.started_at = WORLD.now()
        deployment.become("IN_PROGRESS")
        is_gradual = deployment.source is not None and deployment.strategy != "ROLLING"
        yield from _shift(deployment) if is_gradual else _roll(deployment)
    except (RollbackError, HookError) as why:
        yield from _go_back(deployment, str(why))
    except AwsError as error:
        yield from _go_back(deployment, f"{error.code}: {error.message}")
    except Replaced:
        _drop_target(deployment)
        deployment.stopped_at = WORLD.now()
        deployment.become("STOPPED", "Service deployment stopped because a new one was started.")


def watch_alarms(deployment: "ServiceDeployment") -> None:
    """Will look at the deployment's alarms until it ends; one that is on takes it back."""
    if not deployment.alarm_names or deployment.status not in {"PENDING", "IN_PROGRESS"}:
        return
    deployment.triggered = alarms.active(deployment.alarm_names, deployment.service.context)
    if deployment.triggered and deployment.life is not None:
        why = f"Service deployment failed: alarm(s) detected: [{', '.join(deployment.triggered)}]."
        deployment.life.interrupt(RollbackError(why))
    else:
        WORLD.after(alarms.POLL_S, lambda: watch_alarms(deployment))


def breaker_threshold(deployment: "ServiceDeployment") -> int:
    """Will say how many failed tasks a rolling deployment bears: half of the wanted ones, 3 to 200 (ECS guide)."""
    return int(min(200, max(3, deployment.service.desired // 2)))


def _roll(deployment: "ServiceDeployment") -> Course:
    target, source = deployment.target, deployment.source
    target.fleet.scale(deployment.service.desired)
    yield from until(lambda: target.fleet.is_steady or _is_broken(deployment), every_s=5)
    if _is_broken(deployment):
        raise RollbackError("Service deployment failed: deployment circuit breaker: tasks failed to start.")
    target.production = target.test = 100.0
    if source is not None:
        source.production = source.test = 0.0
    yield from _finish(deployment)


def _is_broken(deployment: "ServiceDeployment") -> bool:
    breaker = deployment.configuration.get("deploymentCircuitBreaker", {})
    return bool(breaker.get("enable")) and deployment.target.fleet.failed >= breaker_threshold(deployment)


def _shift(deployment: "ServiceDeployment") -> Course:
    if deployment.is_replacement:
        yield from _at(deployment, "RECONCILE_SERVICE")
    yield from _at(deployment, "PRE_SCALE_UP")
    deployment.enter("SCALE_UP")
    fleet = deployment.target.fleet
    fleet.scale(deployment.service.desired)
    yield from until(lambda: fleet.is_steady, every_s=5, at_most_s=STAGE_LIMIT_S)
    if not fleet.is_steady:
        raise RollbackError("Service deployment failed: the target service revision did not become healthy in time.")
    yield from _at(deployment, "POST_SCALE_UP")
    deployment.weigh(test=100)
    yield from _at(deployment, "TEST_TRAFFIC_SHIFT")
    yield from _at(deployment, "POST_TEST_TRAFFIC_SHIFT")
    for weight, pause_s in _steps(deployment):
        # The stage has no name of its own where deployments are described, only as a hook's (not documented: our
        # reading is that it shows as the shift that it comes before).
        yield from _at(deployment, "PRE_PRODUCTION_TRAFFIC_SHIFT", shown_as="PRODUCTION_TRAFFIC_SHIFT")
        deployment.weigh(production=weight)
        yield from _at(deployment, "PRODUCTION_TRAFFIC_SHIFT")
        yield pause_s
    yield from _at(deployment, "POST_PRODUCTION_TRAFFIC_SHIFT")
    deployment.enter("BAKE_TIME")
    yield deployment.configuration.get("bakeTimeInMinutes", 0) * 60.0
    deployment.enter("CLEAN_UP")
    yield from _finish(deployment)


def _at(deployment: "ServiceDeployment", stage: str, *, shown_as: str = "") -> Course:
    deployment.enter(shown_as or stage)
    yield SHIFTING_S if stage.endswith("TRAFFIC_SHIFT") and not stage.startswith("P") else 1.0
    yield from run_all(deployment, stage)


def _steps(deployment: "ServiceDeployment") -> Iterator[tuple[float, float]]:
    """The weights of the target, per cent, and how long each is held before the next; the last is baked."""
    linear = deployment.configuration.get("linearConfiguration", {})
    canary = deployment.configuration.get("canaryConfiguration", {})
    if deployment.strategy == "LINEAR":
        step, pause_s = float(linear.get("stepPercent") or 10), 60.0 * linear.get("stepBakeTimeInMinutes", 6)
        weight = step
        while weight < 100:
            yield weight, pause_s
            weight += step
    elif deployment.strategy == "CANARY":
        yield float(canary.get("canaryPercent") or 5), 60.0 * canary.get("canaryBakeTimeInMinutes", 10)
    yield 100.0, 0.0


def _finish(deployment: "ServiceDeployment") -> Course:
    service, source = deployment.service, deployment.source
    if source is not None:
        source.fleet.scale(0)
        yield from until(lambda: source.fleet.is_gone, every_s=5)
        service.leaving = [*service.leaving, source.fleet][-3:]
    service.revisions = [deployment.target]
    deployment.become("SUCCESSFUL")
    service.say("has reached a steady state.")


def _go_back(deployment: "ServiceDeployment", why: str) -> Course:
    service, source = deployment.service, deployment.source
    if source is None:
        deployment.stopped_at = WORLD.now()
        deployment.become("STOPPED", why)
        return
    deployment.become("ROLLBACK_REQUESTED", why)
    yield ASKED_S
    deployment.rollback = {"reason": why, "startedAt": WORLD.now(), "serviceRevisionArn": source.arn}
    deployment.become("ROLLBACK_IN_PROGRESS")
    try:
        for stage, weights in (
            ("PRODUCTION_TRAFFIC_SHIFT", {"production": 0.0}),
            ("TEST_TRAFFIC_SHIFT", {"test": 0.0}),
        ):
            source.fleet.scale(service.desired)
            deployment.weigh(**weights)
            yield from _at(deployment, stage)
    except (HookError, AwsError) as error:
        deployment.become("ROLLBACK_FAILED", f"{why} The rollback failed: {error}")
        return
    deployment.enter("CLEAN_UP")
    _drop_target(deployment)
    yield from until(lambda: deployment.target.fleet.is_gone, every_s=5)
    deployment.become("ROLLBACK_SUCCESSFUL")


def _drop_target(deployment: "ServiceDeployment") -> None:
    service, source, target = deployment.service, deployment.source, deployment.target
    target.fleet.scale(0)
    if source is not None:
        service.revisions = [source]
        service.leaving = [*service.leaving, target.fleet][-3:]
        service.definition = source.definition
