"""Lifecycle hooks of a service deployment: pauses that a person ends, and functions that answer."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.services import events
from simulator.services.ecs import functions
from simulator.services.ecs.answers import shown
from simulator.services.ecs.lives import FOREVER, Course
from simulator.world import WORLD

if TYPE_CHECKING:
    from simulator.services.ecs.native.deployments import ServiceDeployment

PAUSE = "PAUSE"
TIMEOUT_MINUTES = 1440
CALL_BACK_S = 30.0


class HookError(Exception):
    """A hook failed, timed out or was answered with a rollback; the text says which."""


@dataclass(eq=False)
class Run:
    """One hook at one stage."""

    hook: Mapping[str, Any]
    stage: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "IN_PROGRESS"
    began_at: datetime = field(default_factory=WORLD.now)
    # What the function answered, and what went wrong with it, until it is taken up.
    answers: list[tuple[Any, str]] = field(default_factory=list)

    @property
    def is_pause(self) -> bool:
        return bool(self.hook.get("targetType", "AWS_LAMBDA") == PAUSE)

    @property
    def timeout(self) -> timedelta:
        given = self.hook.get("timeoutConfiguration", {}).get("timeoutInMinutes")
        return timedelta(minutes=given or TIMEOUT_MINUTES)

    @property
    def timeout_action(self) -> str:
        return str(self.hook.get("timeoutConfiguration", {}).get("action") or "ROLLBACK")

    @property
    def left_s(self) -> float:
        return (self.began_at + self.timeout - WORLD.now()).total_seconds()

    def shown(self) -> dict[str, Any]:
        """Will show it as lifecycleHookDetails do."""
        return shown(
            {
                "hookId": self.id,
                "targetType": self.hook.get("targetType", "AWS_LAMBDA"),
                "targetArn": self.hook.get("hookTargetArn"),
                "status": self.status,
                "expiresAt": self.began_at + self.timeout,
                "timeoutAction": self.timeout_action,
            }
        )


def run_all(deployment: "ServiceDeployment", stage: str) -> Course:
    """Will run, one after another, the hooks that stand at `stage`. Raises HookError when one wants a rollback."""
    for hook in deployment.configuration.get("lifecycleHooks", []):
        if stage in hook.get("lifecycleStages", []):
            run = Run(hook, stage)
            deployment.hooks.append(run)
            yield from _pause(deployment, run) if run.is_pause else _call(deployment, run)


def answer(deployment: "ServiceDeployment", run: Run, action: str) -> None:
    """Will end a pause by CONTINUE or ROLLBACK."""
    run.status = "SUCCEEDED" if action == "CONTINUE" else "FAILED"
    if deployment.life is not None:
        deployment.life.wake()


def _pause(deployment: "ServiceDeployment", run: Run) -> Course:
    run.status = "AWAITING_ACTION"
    _publish(deployment, run)
    while run.status == "AWAITING_ACTION" and run.left_s > 0:
        yield run.left_s
    if run.status == "AWAITING_ACTION":
        _time_out(run)
    elif run.status == "FAILED":
        raise HookError("Service deployment rolled back by ContinueServiceDeployment.")


def _call(deployment: "ServiceDeployment", run: Run) -> Course:
    details: Any = run.hook.get("hookDetails") or {}
    while run.left_s > 0:
        event = _event(deployment, run, details)
        functions.invoke(run.hook["hookTargetArn"], event, deployment.service.context, _hearing(deployment, run))
        while not run.answers:
            yield FOREVER
        said, error = run.answers.pop()
        status = said.get("hookStatus") if isinstance(said, Mapping) and not error else "FAILED"
        if status == "SUCCEEDED":
            run.status = "SUCCEEDED"
            return
        if status != "IN_PROGRESS":
            run.status = "FAILED"
            raise HookError(f"Lifecycle hook failed at {run.stage}: {error or said}")
        details = said.get("hookDetails") or details
        yield min(float(said.get("callBackDelay") or CALL_BACK_S), max(run.left_s, 0.0))
    _time_out(run)


def _hearing(deployment: "ServiceDeployment", run: Run) -> functions.Heard:
    def hear(said: Any, error: str) -> None:
        run.answers.append((said, error))
        if deployment.life is not None:
            deployment.life.wake()

    return hear


def _time_out(run: Run) -> None:
    run.status = "TIMED_OUT"
    if run.timeout_action == "ROLLBACK":
        raise HookError(f"Lifecycle hook timed out at {run.stage}.")


def _event(deployment: "ServiceDeployment", run: Run, details: Any) -> dict[str, Any]:
    parts = [one for one in (deployment.source, deployment.target) if one is not None]
    return {
        "executionDetails": {
            "testTrafficWeights": {one.arn: one.test for one in parts},
            "productionTrafficWeights": {one.arn: one.production for one in parts},
            "serviceArn": deployment.service.arn,
            "targetServiceRevisionArn": deployment.target.arn,
        },
        "executionId": run.id,
        "lifecycleStage": run.stage,
        "resourceArn": deployment.arn,
        "hookDetails": details,
    }


def _publish(deployment: "ServiceDeployment", run: Run) -> None:
    detail = {
        "eventType": "INFO",
        "eventName": "HOOK_AWAITING_ACTION",
        "serviceDeploymentArn": deployment.arn,
        "hookId": run.id,
        "lifecycleStage": run.stage,
        "expiresAt": (run.began_at + run.timeout).isoformat(),
        "updatedAt": WORLD.now().isoformat(),
    }
    where = deployment.service.context
    events.publish("aws.ecs", "ECS Hook State Change", detail, [deployment.service.arn], where)
