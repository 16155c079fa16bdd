"""Targets that take their time."""

import pytest
from botocore.exceptions import ClientError

from simulator import stage
from tests.account import Account


def states(account: Account, group: str) -> list[str]:
    answer = account.client("elbv2").describe_target_health(TargetGroupArn=group)
    return [one["TargetHealth"]["State"] for one in answer["TargetHealthDescriptions"]]


def test_targets_follow_the_task_sets(account: Account) -> None:
    built = stage.build(account.hand)
    blue, green = built.ground.blue_target_group, built.ground.green_target_group
    assert states(account, blue) == []
    account.advance(seconds=22)
    assert states(account, blue) == ["initial", "initial"]
    account.advance(seconds=30)
    assert states(account, blue) == ["healthy", "healthy"]
    assert states(account, green) == []

    ecs = account.client("ecs")
    ecs.update_service(cluster=built.ground.cluster, service=built.service, desiredCount=1)
    assert sorted(states(account, blue)) == ["draining", "healthy"]
    account.advance(minutes=6)
    assert states(account, blue) == ["healthy"]


def test_a_target_by_hand_is_unused_until_something_forwards_to_it(account: Account) -> None:
    ground = stage.lay(account.hand, "by-hand")
    elb = account.client("elbv2")
    elb.register_targets(TargetGroupArn=ground.green_target_group, Targets=[{"Id": "10.0.0.9", "Port": 8000}])
    account.advance(minutes=1)
    assert states(account, ground.green_target_group) == ["unused"]

    elb.modify_listener(
        ListenerArn=ground.test_listener,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ground.green_target_group}],
    )
    assert states(account, ground.green_target_group) == ["healthy"]

    elb.deregister_targets(TargetGroupArn=ground.green_target_group, Targets=[{"Id": "10.0.0.9", "Port": 8000}])
    assert states(account, ground.green_target_group) == ["draining"]
    account.advance(minutes=6)
    asked = elb.describe_target_health(
        TargetGroupArn=ground.green_target_group, Targets=[{"Id": "10.0.0.9", "Port": 8000}]
    )
    assert asked["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_a_target_group_that_is_not_there_is_refused(account: Account) -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/none/0123456789abcdef"
    with pytest.raises(ClientError, match="TargetGroupNotFound"):
        states(account, arn)
