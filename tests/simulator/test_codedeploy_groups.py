"""CodeDeploy's groups and configurations, and lists that go on over pages."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import stage
from simulator.services.codedeploy import operations
from simulator.stage import Stage
from tests.account import Account


@pytest.fixture
def built(account: Account) -> Stage:
    return stage.build(account.hand)


def group_of(account: Account, built: Stage, name: str = "") -> dict[str, Any]:
    answer = account.client("codedeploy").get_deployment_group(
        applicationName=built.application, deploymentGroupName=name or built.group
    )
    return dict(answer["deploymentGroupInfo"])


def options(ready: dict[str, Any], minutes: int = 5) -> dict[str, Any]:
    end = {"action": "TERMINATE", "terminationWaitTimeInMinutes": minutes}
    return {"deploymentReadyOption": ready, "terminateBlueInstancesOnDeploymentSuccess": end}


def test_an_update_keeps_what_it_does_not_name(account: Account, built: Stage) -> None:
    alarms = {"enabled": True, "ignorePollAlarmFailure": False, "alarms": [{"name": "5xx"}]}
    account.client("codedeploy").update_deployment_group(
        applicationName=built.application,
        currentDeploymentGroupName=built.group,
        newDeploymentGroupName="renamed",
        alarmConfiguration=alarms,
    )

    group = group_of(account, built, "renamed")
    assert group["alarmConfiguration"] == alarms
    assert group["autoRollbackConfiguration"]["enabled"]
    with pytest.raises(ClientError, match="DeploymentGroupDoesNotExistException"):
        group_of(account, built)


@pytest.mark.parametrize(
    "wrong",
    [
        options({"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}),
        options({"actionOnTimeout": "CONTINUE_DEPLOYMENT"}, minutes=2881),
    ],
)
def test_waits_that_aws_does_not_take_are_refused(account: Account, built: Stage, wrong: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidBlueGreenDeploymentConfigurationException"):
        account.client("codedeploy").update_deployment_group(
            applicationName=built.application,
            currentDeploymentGroupName=built.group,
            blueGreenDeploymentConfiguration=wrong,
        )


def test_a_group_needs_a_service_that_codedeploy_controls(account: Account, built: Stage) -> None:
    native = stage.build_native(account.hand)
    with pytest.raises(ClientError, match="InvalidECSServiceException"):
        account.client("codedeploy").create_deployment_group(
            applicationName=built.application,
            deploymentGroupName="other",
            serviceRoleArn=built.ground.codedeploy_role,
            ecsServices=[{"clusterName": native.ground.cluster, "serviceName": native.service}],
        )


def test_groups_are_listed_and_deleted(account: Account, built: Stage) -> None:
    codedeploy = account.client("codedeploy")
    named = codedeploy.batch_get_deployment_groups(
        applicationName=built.application, deploymentGroupNames=[built.group, "none"]
    )
    assert [one["deploymentGroupName"] for one in named["deploymentGroupsInfo"]] == [built.group]
    assert "none" in named["errorMessage"]

    codedeploy.delete_deployment_group(applicationName=built.application, deploymentGroupName=built.group)
    assert codedeploy.list_deployment_groups(applicationName=built.application)["deploymentGroups"] == []
    codedeploy.delete_application(applicationName=built.application)
    assert codedeploy.list_applications()["applications"] == []


def test_configurations_are_made_and_shown(account: Account) -> None:
    codedeploy = account.client("codedeploy")
    canary = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 2}}
    made = {"deploymentConfigName": "quarter", "computePlatform": "ECS", "trafficRoutingConfig": canary}
    codedeploy.create_deployment_config(**made)

    shown = codedeploy.get_deployment_config(deploymentConfigName="quarter")["deploymentConfigInfo"]
    assert shown["trafficRoutingConfig"] == canary
    names = codedeploy.list_deployment_configs()["deploymentConfigsList"]
    assert {"quarter", "CodeDeployDefault.ECSAllAtOnce", "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"} <= {
        *names
    }
    with pytest.raises(ClientError, match="DeploymentConfigAlreadyExistsException"):
        codedeploy.create_deployment_config(**made)
    with pytest.raises(ClientError, match="InvalidOperationException"):
        codedeploy.delete_deployment_config(deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    codedeploy.delete_deployment_config(deploymentConfigName="quarter")
    with pytest.raises(ClientError, match="DeploymentConfigDoesNotExistException"):
        codedeploy.get_deployment_config(deploymentConfigName="quarter")


def test_a_deployment_that_makes_no_sense_is_refused(account: Account, built: Stage) -> None:
    create = account.client("codedeploy").create_deployment
    where = {"applicationName": built.application, "deploymentGroupName": built.group}
    empty = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "version: 0.0"}}

    for code, words in (
        ("RevisionRequiredException", where),
        ("InvalidRevisionException", {**where, "revision": empty}),
        ("DescriptionTooLongException", {**where, "revision": empty, "description": "x" * 257}),
        ("DeploymentGroupNameRequiredException", {"applicationName": built.application, "revision": empty}),
        ("DeploymentGroupDoesNotExistException", {**where, "deploymentGroupName": "none", "revision": empty}),
        ("ApplicationDoesNotExistException", {**where, "applicationName": "none", "revision": empty}),
    ):
        with pytest.raises(ClientError, match=code):
            create(**words)


def test_a_list_goes_on_over_pages(account: Account, built: Stage) -> None:
    codedeploy = account.client("codedeploy")
    content = (
        f'{{"Resources": [{{"TargetService": {{"Properties": {{"TaskDefinition": "{built.task_definition}", '
        '"LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8000}}}}]}'
    )
    made = []
    for _ in range(operations.PAGE + 1):
        answer = codedeploy.create_deployment(
            applicationName=built.application,
            deploymentGroupName=built.group,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": content}},
        )
        codedeploy.stop_deployment(deploymentId=answer["deploymentId"], autoRollbackEnabled=False)
        made.append(answer["deploymentId"])

    pages = codedeploy.get_paginator("list_deployments").paginate(
        applicationName=built.application, deploymentGroupName=built.group, includeOnlyStatuses=["Stopped"]
    )

    assert [page["deployments"] for page in pages] == [made[:0:-1], made[:1]]
