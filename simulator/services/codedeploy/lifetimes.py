"""A deployment from its beginning to its end: alarms that stop it, and the rollback that follows as a new one."""

from simulator.operations import AwsError
from simulator.services.codedeploy import courses
from simulator.services.codedeploy.deployments import DEPLOYMENTS, Deployment
from simulator.services.codedeploy.endings import EndingError, stopped_by_alarms
from simulator.services.ecs import alarms
from simulator.services.ecs.lives import Course, Life
from simulator.world import WORLD

# The rollback is a deployment of its own, made a moment after the other has ended (not documented: our reading).
ROLLBACK_AFTER_S = 2.0


def start(deployment: Deployment) -> None:
    """Will keep the deployment and let it live."""
    DEPLOYMENTS[deployment.id] = deployment
    deployment.life = Life(_guarded(deployment, courses.course(deployment))).begin()
    _watch_alarms(deployment)


def interrupt(deployment: Deployment, ending: EndingError) -> None:
    """Will end a deployment where it stands."""
    if deployment.is_active and deployment.life is not None:
        deployment.life.interrupt(ending)


def _guarded(deployment: Deployment, course: Course) -> Course:
    try:
        yield from course
    except EndingError as ending:
        _end(deployment, ending)
    except AwsError as error:
        _end(deployment, EndingError("Failed", "INTERNAL_ERROR", f"{error.code}: {error.message}"))


def _end(deployment: Deployment, ending: EndingError) -> None:
    deployment.error = {"code": ending.code, "message": ending.message}
    deployment.waits_for = ""
    for event in deployment.events.values():
        if event["status"] == "Pending":
            event["status"] = "Skipped"
    deployment.become(ending.status)
    deployment.is_rollback_due = _rolls_back(deployment, ending)
    if deployment.is_rollback_due:
        WORLD.after(ROLLBACK_AFTER_S, lambda: _roll_back(deployment))


def _rolls_back(deployment: Deployment, ending: EndingError) -> bool:
    if deployment.creator == "codeDeployRollback":
        return False
    if ending.rolls_back is not None:
        return ending.rolls_back
    wanted = deployment.auto_rollback or deployment.group.part("autoRollbackConfiguration")
    return bool(wanted.get("enabled")) and ending.trigger in wanted.get("events", [])


def _roll_back(failed: Deployment) -> None:
    service, failed.is_rollback_due = failed.group.service, False
    if (
        failed.green is None
        or service is None
        or failed.blue not in service.task_sets
        or failed.blue.status == "DRAINING"
    ):
        text = "The deployment could not be rolled back: there is no task set to go back to, or none to go back from."
        failed.rollback_info = {"rollbackMessage": text}
        return
    rollback = Deployment(
        group=failed.group,
        revision=failed.previous or failed.revision,
        spec=failed.spec,
        config=failed.config,
        description=f"Deployment rollback of {failed.id}"[:256],
        creator="codeDeployRollback",
        blue=failed.blue,
        green=failed.green,
        weight=failed.weight,
    )
    DEPLOYMENTS[rollback.id] = rollback
    failed.rollback_info = {
        "rollbackDeploymentId": rollback.id,
        "rollbackMessage": f"Rollback deployment {rollback.id} was started.",
    }
    rollback.rollback_info = {
        "rollbackTriggeringDeploymentId": failed.id,
        "rollbackMessage": f"This deployment rolls back {failed.id}.",
    }
    rollback.life = Life(_guarded(rollback, courses.go_back(rollback, failed))).begin()


def _watch_alarms(deployment: Deployment) -> None:
    settings = deployment.alarms or deployment.group.part("alarmConfiguration")
    if not settings.get("enabled") or not deployment.is_active:
        return
    triggered = alarms.active([one["name"] for one in settings.get("alarms", [])], deployment.context)
    if triggered:
        interrupt(deployment, stopped_by_alarms(triggered))
    else:
        WORLD.after(alarms.POLL_S, lambda: _watch_alarms(deployment))
