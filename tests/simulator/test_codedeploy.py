"""Whole lives of CodeDeploy's deployments, seen by plain clients."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.account import Account
from tests.simulator.releasing import Release


def test_a_deployment_waits_in_ready_with_green_on_the_test_listener_only(account: Account) -> None:
    release = Release(account)
    deployment = release.create(description="verdigris rollout 7")
    assert release.info(deployment)["status"] == "Created"
    account.advance(seconds=8)
    assert release.info(deployment)["status"] == "InProgress"

    account.advance(minutes=3)

    info = release.info(deployment)
    assert (info["status"], info["creator"], info["description"]) == ("Ready", "user", "verdigris rollout 7")
    assert info["deploymentOverview"]["Ready"] == 1
    assert release.weights(deployment) == {"Blue": 100.0, "Green": 0.0}
    assert release.listened(release.stage.ground.test_listener) == {"a": 0, "b": 100}
    assert release.listened(release.stage.ground.production_listener) == {"a": 100}
    assert [one["status"] for one in release.service()["taskSets"]] == ["PRIMARY", "ACTIVE"]
    done = [one["lifecycleEventName"] for one in release.target(deployment)["lifecycleEvents"] if one.get("endTime")]
    assert done == ["BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic"]


def test_promoted_it_bakes_in_the_termination_wait_and_succeeds(account: Account) -> None:
    release = Release(account)
    deployment = release.ready()
    release.promote(deployment)
    account.advance(minutes=1)

    info = release.info(deployment)
    assert (info["status"], info["instanceTerminationWaitTimeStarted"]) == ("InProgress", True)
    assert release.weights(deployment) == {"Blue": 0.0, "Green": 100.0}
    assert {one["runningCount"] for one in release.target(deployment)["taskSetsInfo"]} == {2}

    release.promote(deployment, "TERMINATION_WAIT")
    account.advance(minutes=1)

    assert release.info(deployment)["status"] == "Succeeded"
    assert [one["status"] for one in release.service()["taskSets"]] == ["DRAINING", "PRIMARY"]
    account.advance(minutes=10)
    assert [one["status"] for one in release.service()["taskSets"]] == ["PRIMARY"]
    assert release.listened(release.stage.ground.production_listener) == {"a": 0, "b": 100}
    group = release.codedeploy.get_deployment_group(
        applicationName=release.stage.application, deploymentGroupName=release.stage.group
    )["deploymentGroupInfo"]
    assert group["lastSuccessfulDeployment"]["deploymentId"] == deployment


def test_the_next_deployment_uses_the_other_target_group(account: Account) -> None:
    release = Release(account)
    first = release.ready()
    release.promote(first)
    account.advance(hours=2)
    second = release.ready(version="1.0.0")

    assert release.listened(release.stage.ground.test_listener) == {"a": 100, "b": 0}
    assert release.info(second)["previousRevision"]["revisionType"] == "AppSpecContent"


def test_forty_eight_hours_of_termination_wait_are_turned(account: Account) -> None:
    options = {
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 2880},
    }
    release = Release(account, blueGreenDeploymentConfiguration=options)
    deployment = release.create()
    account.advance(hours=47)
    assert release.info(deployment)["instanceTerminationWaitTimeStarted"]
    assert release.info(deployment)["status"] == "InProgress"

    account.advance(hours=2)

    assert release.info(deployment)["status"] == "Succeeded"


def test_canary_shifts_by_its_configuration(account: Account) -> None:
    release = Release(account, deploymentConfigName="CodeDeployDefault.ECSCanary10Percent5Minutes")
    deployment = release.ready()
    release.promote(deployment)

    account.advance(minutes=4)
    assert release.weights(deployment) == {"Blue": 90.0, "Green": 10.0}
    assert release.listened(release.stage.ground.production_listener) == {"a": 90, "b": 10}
    assert [one["status"] for one in release.service()["taskSets"]] == ["PRIMARY", "ACTIVE"]

    account.advance(minutes=2)
    assert release.weights(deployment) == {"Blue": 0.0, "Green": 100.0}
    assert [one["status"] for one in release.service()["taskSets"]] == ["ACTIVE", "PRIMARY"]


def test_linear_shifts_by_a_configuration_of_ones_own(account: Account) -> None:
    release = Release(account)
    linear = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 30, "linearInterval": 2}}
    release.codedeploy.create_deployment_config(
        deploymentConfigName="thirds", computePlatform="ECS", trafficRoutingConfig=linear
    )
    deployment = release.ready(deploymentConfigName="thirds")
    release.promote(deployment)

    seen = []
    for _ in range(5):
        account.advance(seconds=60)
        seen.append(release.weights(deployment)["Green"])
        account.advance(seconds=65)
    assert seen == [30.0, 60.0, 90.0, 100.0, 100.0]


def test_one_deployment_at_a_time_and_filters_to_find_it(account: Account) -> None:
    release = Release(account)
    deployment = release.create(description="marker")
    with pytest.raises(ClientError, match=deployment):
        release.create()
    found = release.codedeploy.list_deployments(
        applicationName=release.stage.application,
        deploymentGroupName=release.stage.group,
        includeOnlyStatuses=["Created", "Queued", "InProgress", "Ready"],
        createTimeRange={"start": release.info(deployment)["createTime"]},
    )
    assert found["deployments"] == [deployment]
    info = release.codedeploy.batch_get_deployments(deploymentIds=[deployment])["deploymentsInfo"][0]
    assert info["description"] == "marker"
    none = release.codedeploy.list_deployments(includeOnlyStatuses=["Succeeded"])
    assert none["deployments"] == []


def test_eventbridge_is_told(account: Account) -> None:
    release = Release(account)
    queue = account.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    events = account.client("events")
    events.put_rule(Name="told", EventPattern=json.dumps({"source": ["aws.codedeploy"]}))
    events.put_targets(Rule="told", Targets=[{"Id": "told", "Arn": arn["QueueArn"]}])
    deployment = release.ready()
    release.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    account.advance(minutes=1)

    got = []
    while found := account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for one in found:
            got.append(json.loads(one["Body"])["detail"])
            account.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    assert [one["state"] for one in got if one["deploymentId"] == deployment] == ["START", "READY", "STOP"]
    assert [one["state"] for one in got if one["deploymentId"] != deployment] == ["START", "SUCCESS"]
