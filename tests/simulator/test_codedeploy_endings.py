"""How CodeDeploy's deployments end otherwise than well, and go back."""

import pytest

from simulator import stage
from tests.account import Account
from tests.simulator.lambdas import create_function, telling_codedeploy
from tests.simulator.releasing import Release, refused, take_hand


def test_nobody_promotes_in_time_and_it_stops_and_goes_back(account: Account) -> None:
    release = Release(account)
    deployment = release.ready()
    account.advance(minutes=stage.READY_WAIT_MINUTES + 1)

    info = release.info(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "TIMEOUT")
    assert release.listened(release.stage.ground.test_listener) == {"a": 100, "b": 0}


@pytest.mark.parametrize("phase", ["queued", "installing", "ready", "shifting", "baking"])
def test_stopped_in_any_phase_it_goes_back_by_a_deployment_of_its_own(account: Account, phase: str) -> None:
    release = Release(account, deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery1Minutes")
    deployment = release.create()
    if phase == "installing":
        account.advance(seconds=20)
    if phase in {"ready", "shifting", "baking"}:
        account.advance(minutes=3)
    if phase in {"shifting", "baking"}:
        release.promote(deployment)
        account.advance(minutes=3 if phase == "shifting" else 15)

    told = release.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)

    assert told["status"] == "Succeeded"
    info = release.info(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert refused(release.create) == "DeploymentLimitExceededException"
    account.advance(minutes=1)
    info = release.info(deployment)
    if phase == "queued":
        assert "rollbackDeploymentId" not in info["rollbackInfo"]
        assert "could not be rolled back" in info["rollbackInfo"]["rollbackMessage"]
    else:
        rollback = release.info(info["rollbackInfo"]["rollbackDeploymentId"])
        assert (rollback["status"], rollback["creator"]) == ("Succeeded", "codeDeployRollback")
        assert rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment
        assert rollback["createTime"] > info["createTime"]
    account.advance(minutes=10)
    assert [one["status"] for one in release.service()["taskSets"]] == ["PRIMARY"]
    assert release.service()["taskDefinition"] == release.stage.task_definition
    assert release.listened(release.stage.ground.production_listener)["a"] == 100


def test_after_its_end_it_is_brought_back_by_a_whole_deployment(account: Account) -> None:
    release = Release(account)
    deployment = release.ready()
    release.promote(deployment)
    account.advance(hours=2)
    assert refused(release.codedeploy.stop_deployment, deploymentId=deployment) == "DeploymentAlreadyCompletedException"

    back = release.create_of(release.stage.task_definition)
    account.advance(minutes=3)
    release.promote(back)
    account.advance(hours=2)

    assert release.info(back)["status"] == "Succeeded"
    assert release.service()["taskDefinition"] == release.stage.task_definition


def test_a_stop_may_be_pending_first(account: Account) -> None:
    release = Release(account)
    deployment = release.ready()
    take_hand(account, "codedeploy", pending_stops=1)

    stop = release.codedeploy.stop_deployment
    assert stop(deploymentId=deployment, autoRollbackEnabled=True)["status"] == "Pending"
    assert stop(deploymentId=deployment, autoRollbackEnabled=True)["status"] == "Pending"
    assert release.info(deployment)["status"] == "Ready"
    account.advance(minutes=1)
    assert release.info(deployment)["status"] == "Stopped"


def test_green_that_never_gets_healthy_fails_and_goes_back(account: Account) -> None:
    release = Release(account)
    deployment = release.create(version=stage.BAD)
    account.advance(minutes=30)
    assert release.info(deployment)["status"] == "InProgress"
    account.advance(minutes=35)

    info = release.info(deployment)
    assert info["status"] == "Failed"
    assert "did not" in info["errorInformation"]["message"] or "timed out" in info["errorInformation"]["message"]
    assert info["rollbackInfo"]["rollbackDeploymentId"]


def test_an_image_that_is_not_there_cannot_be_pulled(account: Account) -> None:
    release = Release(account)
    deployment = release.create(image=f"{release.stage.ground.repository}:9.9.9")
    account.advance(minutes=2)

    ecs = account.client("ecs")
    cluster = release.stage.ground.cluster
    arns = ecs.list_tasks(cluster=cluster, serviceName=release.stage.service, desiredStatus="STOPPED")["taskArns"]
    task = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"][0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    account.advance(minutes=65)
    assert release.info(deployment)["status"] == "Failed"


def test_an_alarm_stops_it_and_it_goes_back(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="5xx",
        MetricName="HTTPCode_Target_5XX_Count",
        Namespace="AWS/ApplicationELB",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )
    release = Release(account, alarmConfiguration={"enabled": True, "alarms": [{"name": "5xx"}]})
    deployment = release.ready()
    release.promote(deployment)
    account.advance(minutes=5)
    cloudwatch.set_alarm_state(AlarmName="5xx", StateValue="ALARM", StateReason="too many")
    account.advance(minutes=2)

    info = release.info(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert release.listened(release.stage.ground.production_listener) == {"a": 100, "b": 0}


def test_a_task_set_deleted_by_hand_fails_the_deployment(account: Account) -> None:
    release = Release(account)
    deployment = release.ready()
    green = release.service()["taskSets"][1]["id"]
    account.client("ecs").delete_task_set(
        cluster=release.stage.ground.cluster, service=release.stage.service, taskSet=green, force=True
    )
    release.promote(deployment)
    account.advance(minutes=1)

    assert release.info(deployment)["errorInformation"]["code"] == "ECS_UPDATE_ERROR"
    assert release.listened(release.stage.ground.production_listener)["a"] == 100


def test_what_cannot_be_continued_is_refused_by_name(account: Account) -> None:
    release = Release(account)
    proceed = release.codedeploy.continue_deployment
    deployment = release.create()

    assert refused(proceed, deploymentId=deployment) == "DeploymentIsNotInReadyStateException"
    assert refused(proceed, deploymentId="x") == "InvalidDeploymentIdException"
    assert refused(proceed, deploymentId="d-AAAAAAAAA") == "DeploymentDoesNotExistException"
    assert refused(proceed) == "DeploymentIdRequiredException"
    assert refused(release.target, deployment=deployment) == "DeploymentNotStartedException"
    account.advance(minutes=3)
    assert (
        refused(proceed, deploymentId=deployment, deploymentWaitType="TERMINATION_WAIT")
        == "DeploymentIsNotInReadyStateException"
    )
    release.promote(deployment)
    account.advance(hours=2)
    assert refused(proceed, deploymentId=deployment) == "DeploymentAlreadyCompletedException"


@pytest.mark.parametrize(("answer", "status"), [("Succeeded", "Ready"), ("Failed", "Failed")])
def test_a_hook_decides(account: Account, answer: str, status: str) -> None:
    release = Release(account)
    arn = create_function(account, telling_codedeploy(answer), name="CodeDeployHook_smoke", Timeout=30)
    deployment = release.create(hooks=[{"AfterAllowTestTraffic": arn}])
    account.advance(minutes=2)
    account.advance(minutes=1)

    info = release.info(deployment)
    assert info["status"] == status
    if status == "Failed":
        assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
        assert info["rollbackInfo"]["rollbackDeploymentId"]


def test_a_hook_that_never_answers_fails_after_an_hour(account: Account) -> None:
    release = Release(account)
    arn = create_function(account, "def handler(event, context):\n    return None\n", name="CodeDeployHook_mute")
    deployment = release.create(hooks=[{"BeforeInstall": arn}])
    account.advance(minutes=59)
    assert release.info(deployment)["status"] == "InProgress"
    account.advance(minutes=2)
    assert release.info(deployment)["status"] == "Failed"
    report = release.codedeploy.put_lifecycle_event_hook_execution_status
    assert (
        refused(report, deploymentId=deployment, lifecycleEventHookExecutionId="x", status="Succeeded")
        == "InvalidLifecycleEventHookExecutionIdException"
    )
