"""Services, tasks and task sets of ECS, whose counts become true in time."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from simulator import stage
from simulator.stage import Stage
from tests.account import Account


def service_of(account: Account, built: Stage) -> dict[str, Any]:
    answer = account.client("ecs").describe_services(cluster=built.ground.cluster, services=[built.service])
    return dict(answer["services"][0])


def test_tasks_are_pending_then_running(account: Account) -> None:
    built = stage.build(account.hand)
    seen = []
    for _ in range(3):
        service = service_of(account, built)
        task_set = service["taskSets"][0]
        seen.append((service["pendingCount"], service["runningCount"], task_set["stabilityStatus"]))
        account.advance(seconds=25)

    assert seen == [(2, 0, "STABILIZING"), (0, 2, "STABILIZING"), (0, 2, "STEADY_STATE")]


@pytest.mark.parametrize("member", ["taskDefinition", "networkConfiguration", "loadBalancers"])
def test_what_is_codedeploys_own_cannot_be_updated(account: Account, member: str) -> None:
    built = stage.build(account.hand)
    given = service_of(account, built)
    value = {
        "taskDefinition": stage.define(account.hand, built.ground, version="1.1.0"),
        "networkConfiguration": given["networkConfiguration"],
        "loadBalancers": given["loadBalancers"],
    }[member]

    with pytest.raises(ClientError, match="CODE_DEPLOY deployment controller"):
        account.client("ecs").update_service(cluster=built.ground.cluster, service=built.service, **{member: value})

    assert service_of(account, built)["taskDefinition"] == built.task_definition


def test_a_stopped_task_is_replaced_and_remembered_for_an_hour(account: Account) -> None:
    built = stage.build(account.hand)
    account.advance(minutes=2)
    ecs, cluster = account.client("ecs"), built.ground.cluster
    arn = ecs.list_tasks(cluster=cluster, serviceName=built.service)["taskArns"][0]
    ecs.stop_task(cluster=cluster, task=arn, reason="by hand")
    assert service_of(account, built)["runningCount"] == 1

    account.advance(minutes=10)

    assert service_of(account, built)["runningCount"] == 2
    task = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0]
    assert (task["lastStatus"], task["stopCode"], task["stoppedReason"]) == ("STOPPED", "UserInitiated", "by hand")
    account.advance(hours=2)
    assert ecs.describe_tasks(cluster=cluster, tasks=[arn])["failures"][0]["reason"] == "MISSING"


def test_a_task_definition_can_be_made_sick_by_hand(account: Account) -> None:
    built = stage.build(account.hand, desired=1)
    body = json.dumps({"never_healthy": f"{built.family}:1"}).encode()
    with urlopen(Request(f"{account.url}/simulator/ecs", data=body, method="POST")) as answer:  # noqa: S310
        assert json.load(answer) == {"never_healthy": [f"{built.family}:1"]}
    account.advance(seconds=45)
    health = account.client("elbv2").describe_target_health(TargetGroupArn=built.ground.blue_target_group)
    assert health["TargetHealthDescriptions"][0]["TargetHealth"]["State"] == "unhealthy"

    account.advance(minutes=8)

    ecs, cluster = account.client("ecs"), built.ground.cluster
    stopped = ecs.list_tasks(cluster=cluster, serviceName=built.service, desiredStatus="STOPPED")["taskArns"]
    reasons = {one["stoppedReason"] for one in ecs.describe_tasks(cluster=cluster, tasks=stopped)["tasks"]}
    assert all("failed ELB health checks" in one for one in reasons)
    assert service_of(account, built)["taskSets"][0]["stabilityStatus"] == "STABILIZING"


def test_a_task_set_can_be_changed_by_hand(account: Account) -> None:
    built = stage.build(account.hand)
    account.advance(minutes=2)
    ecs, where = account.client("ecs"), {"cluster": built.ground.cluster, "service": built.service}
    definition = stage.define(account.hand, built.ground, version="1.1.0")
    door = {
        "targetGroupArn": built.ground.green_target_group,
        "containerName": built.container,
        "containerPort": built.port,
    }
    made = ecs.create_task_set(
        **where, taskDefinition=definition, loadBalancers=[door], scale={"value": 50.0, "unit": "PERCENT"}
    )["taskSet"]
    account.advance(minutes=2)
    ecs.update_service_primary_task_set(**where, primaryTaskSet=made["id"])

    shown = service_of(account, built)
    assert [(one["status"], one["runningCount"]) for one in shown["taskSets"]] == [("ACTIVE", 2), ("PRIMARY", 1)]
    assert shown["taskDefinition"] == definition
    with pytest.raises(ClientError, match="LimitExceededException"):
        ecs.create_task_set(**where, taskDefinition=definition)


def test_a_rolling_deployment_that_cannot_pull_is_taken_back_by_its_circuit_breaker(account: Account) -> None:
    breaker = {"strategy": "ROLLING", "deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ground = stage.lay(account.hand, "rolling")
    ecs = account.client("ecs")
    first = stage.define(account.hand, ground, version="1.0.0")
    ecs.create_service(
        cluster="rolling", serviceName="rolling", taskDefinition=first, desiredCount=2, deploymentConfiguration=breaker
    )
    account.advance(minutes=2)
    bad = stage.define(account.hand, ground, version="none", image=f"{ground.repository}:none")
    begun = ecs.update_service(cluster="rolling", service="rolling", taskDefinition=bad)["service"]
    account.advance(minutes=10)

    shown = ecs.describe_service_deployments(serviceDeploymentArns=[begun["currentServiceDeployment"]])
    assert shown["serviceDeployments"][0]["status"] == "ROLLBACK_SUCCESSFUL"
    service = ecs.describe_services(cluster="rolling", services=["rolling"])["services"][0]
    assert (service["taskDefinition"], service["runningCount"]) == (first, 2)


def test_a_task_of_its_own_does_its_work_and_ends(account: Account) -> None:
    ground = stage.lay(account.hand, "single")
    definition = stage.define(account.hand, ground, version="1.0.0")
    ecs = account.client("ecs")
    arn = ecs.run_task(cluster="single", taskDefinition=definition)["tasks"][0]["taskArn"]
    account.advance(seconds=30)
    assert ecs.describe_tasks(cluster="single", tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING"
    account.advance(minutes=2)
    task = ecs.describe_tasks(cluster="single", tasks=[arn])["tasks"][0]
    assert (task["lastStatus"], task["containers"][0]["exitCode"]) == ("STOPPED", 0)


def test_a_service_needs_a_target_group_that_a_load_balancer_uses(account: Account) -> None:
    ground = stage.lay(account.hand, "lonely")
    definition = stage.define(account.hand, ground, version="1.0.0")
    door = {"targetGroupArn": ground.green_target_group, "containerName": "web", "containerPort": 8000}

    with pytest.raises(ClientError, match="does not have an associated load balancer"):
        account.client("ecs").create_service(
            cluster="lonely", serviceName="lonely", taskDefinition=definition, loadBalancers=[door]
        )


def test_services_and_clusters_carry_tags(account: Account) -> None:
    built = stage.build(account.hand)
    ecs = account.client("ecs")
    for arn in (service_of(account, built)["serviceArn"], service_of(account, built)["clusterArn"]):
        ecs.tag_resource(resourceArn=arn, tags=[{"key": "rollout", "value": "7"}, {"key": "owner", "value": "web"}])
        ecs.untag_resource(resourceArn=arn, tagKeys=["owner"])
        assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "rollout", "value": "7"}]


def test_a_deleted_service_can_be_made_again(account: Account) -> None:
    built = stage.build(account.hand)
    ecs, where = account.client("ecs"), {"cluster": built.ground.cluster, "service": built.service}
    with pytest.raises(ClientError, match="scaled above 0"):
        ecs.delete_service(**where)
    ecs.delete_service(**where, force=True)

    assert service_of(account, built)["status"] == "INACTIVE"
    with pytest.raises(ClientError, match="ServiceNotActiveException"):
        ecs.update_service(**where, desiredCount=1)
    missing = ecs.describe_services(cluster=built.ground.cluster, services=["none"])
    assert missing["failures"][0]["reason"] == "MISSING"
    made = ecs.create_service(cluster=where["cluster"], serviceName=where["service"], taskDefinition=built.family)
    assert made["service"]["status"] == "ACTIVE"
