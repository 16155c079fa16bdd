"""Visitors are counted at the load balancer, by weight, and as the tasks behind it behave."""

from datetime import timedelta
from typing import Any

from simulator import stage, traffic
from tests.account import Account


def read(account: Account, ground: Any, metric: str, group: str, statistic: str = "Sum") -> float:
    dimensions = [
        {"Name": "LoadBalancer", "Value": ground.load_balancer.split(":loadbalancer/")[1]},
        {"Name": "TargetGroup", "Value": group.rsplit(":", 1)[1]},
    ]
    named = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions}
    now = account.world.now()
    answer = account.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m1", "MetricStat": {"Metric": named, "Period": 60, "Stat": statistic}}],
        StartTime=now - timedelta(hours=1),
        EndTime=now,
    )
    return sum(answer["MetricDataResults"][0]["Values"])


def weigh(account: Account, ground: Any, blue: int, green: int) -> None:
    groups = [
        {"TargetGroupArn": ground.blue_target_group, "Weight": blue},
        {"TargetGroupArn": ground.green_target_group, "Weight": green},
    ]
    account.client("elbv2").modify_listener(
        ListenerArn=ground.production_listener,
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )


def test_nobody_comes_until_it_is_switched_on(account: Account) -> None:
    ground = stage.build(account.hand).ground

    account.advance(minutes=5)

    assert read(account, ground, "RequestCount", ground.blue_target_group) == 0


def test_requests_go_by_the_weights(account: Account) -> None:
    ground = stage.build(account.hand).ground
    account.client("elbv2").register_targets(TargetGroupArn=ground.green_target_group, Targets=[{"Id": "10.0.9.9"}])
    account.advance(minutes=5)
    weigh(account, ground, 75, 25)

    traffic.switch_on(requests_per_s=10)
    account.advance(minutes=2)

    assert read(account, ground, "RequestCount", ground.blue_target_group) == 900
    assert read(account, ground, "RequestCount", ground.green_target_group) == 300
    assert read(account, ground, "HTTPCode_Target_5XX_Count", ground.blue_target_group) == 0
    assert 0.01 < read(account, ground, "TargetResponseTime", ground.blue_target_group, "p99") / 2 < 0.05


def test_bad_tasks_fail_and_take_their_time(account: Account) -> None:
    built = stage.build_native(account.hand)
    bad = stage.define(
        account.client,
        built.ground,
        version="1.1.0",
        PORTAL_FAULT_PERCENT="40",
        PORTAL_FAULT_DELAY_MS="400",
    )
    account.advance(minutes=5)
    account.client("ecs").update_service(cluster=built.ground.cluster, service=built.service, taskDefinition=bad)
    account.advance(minutes=60)

    traffic.switch_on(requests_per_s=10)
    account.advance(minutes=1)

    groups = (built.ground.blue_target_group, built.ground.green_target_group)
    assert sum(read(account, built.ground, "HTTPCode_Target_5XX_Count", one) for one in groups) == 240
    assert max(read(account, built.ground, "TargetResponseTime", one, "Average") for one in groups) > 0.4
