"""Deployments that ECS makes by itself, seen by plain clients."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import stage
from simulator.stage import Stage
from tests.account import Account
from tests.simulator.lambdas import create_function, create_role

PAUSE = {
    "targetType": "PAUSE",
    "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
    "timeoutConfiguration": {"timeoutInMinutes": 60, "action": "ROLLBACK"},
}


class Release:
    """A hand on the stage's ECS."""

    def __init__(self, account: Account, **configuration: Any) -> None:
        self.account = account
        self.stage: Stage = stage.build_native(account.hand, **configuration)
        self.ecs = account.client("ecs")
        account.advance(minutes=2)

    def begin(self, *, version: str = "1.1.0", image: str = "") -> str:
        definition = stage.define(self.account.hand, self.stage.ground, version=version, image=image)
        answer = self.ecs.update_service(
            cluster=self.stage.ground.cluster, service=self.stage.service, taskDefinition=definition
        )
        return str(answer["service"]["currentServiceDeployment"])

    def shown(self, arn: str) -> dict[str, Any]:
        answer = self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        return dict(answer["serviceDeployments"][0])

    def weight(self, arn: str) -> float:
        return float(self.shown(arn)["targetServiceRevision"]["requestedProductionTrafficWeight"])

    def waiting(self, arn: str) -> str:
        """The id of the hook that waits for a person."""
        hooks = self.shown(arn).get("lifecycleHookDetails", [])
        return next((one["hookId"] for one in hooks if one["status"] == "AWAITING_ACTION"), "")

    def proceed(self, arn: str, action: str = "CONTINUE") -> None:
        self.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=self.waiting(arn), action=action)

    def stop(self, arn: str) -> None:
        self.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")

    def rule(self, arn: str) -> list[int]:
        rule = self.account.client("elbv2").describe_rules(RuleArns=[arn])["Rules"][0]
        groups = {one["TargetGroupArn"]: one["Weight"] for one in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]}
        ground = self.stage.ground
        return [groups.get(ground.blue_target_group, 0), groups.get(ground.green_target_group, 0)]

    def service(self) -> dict[str, Any]:
        answer = self.ecs.describe_services(cluster=self.stage.ground.cluster, services=[self.stage.service])
        return dict(answer["services"][0])


def test_the_first_tasks_come_up_in_time(account: Account) -> None:
    release = Release(account)
    service = release.service()

    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert release.shown(service["currentServiceDeployment"])["status"] == "SUCCESSFUL"


def test_blue_green_waits_at_its_pause_then_bakes_and_cleans_up(account: Account) -> None:
    release = Release(account, lifecycleHooks=[PAUSE])
    arn = release.begin()
    account.advance(minutes=3)

    shown = release.shown(arn)
    assert (shown["status"], shown["lifecycleStage"]) == ("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT")
    assert shown["targetServiceRevision"]["requestedTestTrafficWeight"] == 100
    assert (release.weight(arn), release.rule(release.stage.production_rule)) == (0, [100, 0])
    assert release.rule(release.stage.test_rule) == [0, 100]
    assert shown["lifecycleHookDetails"][0]["timeoutAction"] == "ROLLBACK"

    release.proceed(arn)
    account.advance(minutes=1)

    assert release.shown(arn)["lifecycleStage"] == "BAKE_TIME"
    assert (release.weight(arn), release.rule(release.stage.production_rule)) == (100, [0, 100])
    assert release.shown(arn)["sourceServiceRevisions"][0]["runningTaskCount"] == 2
    account.advance(minutes=20)
    assert release.shown(arn)["status"] == "SUCCESSFUL"
    assert len(release.service()["deployments"]) == 1


def test_linear_pauses_before_each_step(account: Account) -> None:
    gate = {"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}
    linear = {"stepPercent": 40.0, "stepBakeTimeInMinutes": 1}
    release = Release(account, strategy="LINEAR", linearConfiguration=linear, lifecycleHooks=[gate])
    arn = release.begin()
    account.advance(minutes=3)

    seen = []
    for _ in range(3):
        release.proceed(arn)
        account.advance(minutes=2)
        seen.append(release.weight(arn))

    assert seen == [40.0, 80.0, 100.0]
    assert release.shown(arn)["lifecycleStage"] == "BAKE_TIME"


def test_canary_holds_its_share(account: Account) -> None:
    canary = {"canaryPercent": 0.5, "canaryBakeTimeInMinutes": 10}
    release = Release(account, strategy="CANARY", canaryConfiguration=canary)
    arn = release.begin()
    account.advance(minutes=5)

    assert release.weight(arn) == 0.5
    assert release.rule(release.stage.production_rule) == [995, 5]
    account.advance(minutes=10)
    assert release.weight(arn) == 100


@pytest.mark.parametrize("how", ["stopped", "answered", "timed out"])
def test_it_goes_back_to_blue(account: Account, how: str) -> None:
    release = Release(account, lifecycleHooks=[PAUSE])
    arn = release.begin()
    account.advance(minutes=3)
    if how == "stopped":
        release.stop(arn)
        assert release.shown(arn)["status"] == "ROLLBACK_REQUESTED"
        account.advance(seconds=5)
        assert release.shown(arn)["status"] == "ROLLBACK_IN_PROGRESS"
    elif how == "answered":
        release.proceed(arn, "ROLLBACK")
    else:
        account.advance(minutes=61)
        assert release.shown(arn)["lifecycleHookDetails"][0]["status"] == "TIMED_OUT"
    account.advance(minutes=10)

    shown = release.shown(arn)
    assert shown["status"] == "ROLLBACK_SUCCESSFUL"
    assert shown["rollback"]["serviceRevisionArn"] == shown["sourceServiceRevisions"][0]["arn"]
    assert release.rule(release.stage.production_rule) == [100, 0]
    assert release.rule(release.stage.test_rule) == [100, 0]
    assert release.service()["taskDefinition"] == release.stage.task_definition
    with pytest.raises(ClientError, match="ConflictException"):
        release.stop(arn)


def test_an_alarm_while_it_bakes_takes_it_back(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="slow",
        MetricName="TargetResponseTime",
        Namespace="AWS/ApplicationELB",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Average",
    )
    release = Release(account, alarms={"alarmNames": ["slow"], "enable": True, "rollback": True})
    arn = release.begin()
    account.advance(minutes=4)
    assert release.shown(arn)["lifecycleStage"] == "BAKE_TIME"
    cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="slow")
    account.advance(minutes=10)

    shown = release.shown(arn)
    assert (shown["status"], shown["alarms"]["triggeredAlarmNames"]) == ("ROLLBACK_SUCCESSFUL", ["slow"])
    assert release.rule(release.stage.production_rule) == [100, 0]


def test_green_that_never_gets_healthy_goes_back_after_a_day(account: Account) -> None:
    release = Release(account)
    arn = release.begin(version=stage.BAD)
    account.advance(hours=1)
    assert release.shown(arn)["lifecycleStage"] == "SCALE_UP"
    account.advance(hours=24)

    assert release.shown(arn)["status"] == "ROLLBACK_SUCCESSFUL"


@pytest.mark.parametrize(("answer", "status"), [("SUCCEEDED", "SUCCESSFUL"), ("FAILED", "ROLLBACK_SUCCESSFUL")])
def test_a_function_decides(account: Account, answer: str, status: str) -> None:
    code = f"def handler(event, context):\n    return {{'hookStatus': '{answer}'}}\n"
    arn = create_function(account, code, name="smoke", Timeout=30)
    hook = {"targetType": "AWS_LAMBDA", "hookTargetArn": arn, "roleArn": create_role(account, "hooks")}
    release = Release(account, lifecycleHooks=[{**hook, "lifecycleStages": ["POST_SCALE_UP"]}])
    deployment = release.begin()
    account.advance(minutes=2)
    account.advance(minutes=20)

    assert release.shown(deployment)["status"] == status


def test_a_revision_tells_the_digest_that_runs(account: Account) -> None:
    release = Release(account)
    arn = release.begin(image=f"{release.stage.ground.repository}:1.1.0")
    target = release.shown(arn)["targetServiceRevision"]["arn"]

    revision = release.ecs.describe_service_revisions(serviceRevisionArns=[target])["serviceRevisions"][0]

    assert revision["containerImages"][0]["imageDigest"] == release.stage.ground.digests["1.1.0"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"]}]},
        {"lifecycleHooks": [{"targetType": "AWS_LAMBDA", "lifecycleStages": ["POST_SCALE_UP"]}]},
        {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.0}},
        {"strategy": "BLUE_GREEN", "canaryConfiguration": {"canaryPercent": 5.0}},
    ],
)
def test_a_configuration_that_ecs_does_not_take_is_refused(account: Account, wrong: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        stage.build_native(account.hand, **wrong)


def test_a_newer_deployment_takes_the_place_of_one_under_way(account: Account) -> None:
    stages = ["RECONCILE_SERVICE", "POST_TEST_TRAFFIC_SHIFT"]
    release = Release(account, lifecycleHooks=[{**PAUSE, "lifecycleStages": stages}])
    first = release.begin()
    account.advance(minutes=3)
    assert release.shown(first)["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    second = release.begin(version="1.0.0")
    account.advance(minutes=5)

    assert release.shown(first)["status"] == "STOPPED"
    assert release.shown(second)["lifecycleStage"] == "RECONCILE_SERVICE"
    listed = release.ecs.list_service_deployments(
        cluster=release.stage.ground.cluster, service=release.stage.service, status=["IN_PROGRESS"]
    )
    assert [one["serviceDeploymentArn"] for one in listed["serviceDeployments"]] == [second]


def test_eventbridge_is_told(account: Account) -> None:
    queue = account.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    release = Release(account, lifecycleHooks=[PAUSE])
    account.client("events").put_rule(Name="told", EventPattern='{"source": ["aws.ecs"]}')
    account.client("events").put_targets(Rule="told", Targets=[{"Id": "told", "Arn": arn["QueueArn"]}])
    deployment = release.begin()
    account.advance(minutes=3)
    release.proceed(deployment)
    account.advance(minutes=30)

    got = []
    while found := account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for one in found:
            got.append(one["Body"])
            account.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    names = ["SERVICE_DEPLOYMENT_IN_PROGRESS", "HOOK_AWAITING_ACTION", "SERVICE_DEPLOYMENT_COMPLETED"]
    assert [next(name for name in names if name in body) for body in got] == names
