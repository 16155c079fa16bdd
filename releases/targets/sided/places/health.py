"""How an address does, as AWS's own checks see it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from portal.aws import Clients
from releases.rules.observation import Health
from releases.targets.cloud.calls import told
from releases.targets.sided.places.base import Standing

ACTIONS = frozenset({"route53:GetHealthCheckStatus", "elasticloadbalancing:DescribeTargetHealth"})
Check = Callable[[], Standing]

# Route 53 takes an endpoint for healthy while more than this share of its checkers does (Route 53 Developer Guide,
# "How Amazon Route 53 determines whether a health check is healthy").
ENOUGH_CHECKERS = 0.18


def of_health_check(clients: Clients, health_check: str) -> Check:
    """Will give what asks Route 53's checkers all over the world."""

    def look() -> Standing:
        with told(f"Route 53 for health check {health_check}"):
            answer = clients("route53").get_health_check_status(HealthCheckId=health_check)
        return _of_checkers(answer["HealthCheckObservations"])

    return look


def of_target_group(clients: Clients, target_group: str) -> Check:
    """Will give what asks a load balancer for the targets of a group, by the group's ARN."""

    def look() -> Standing:
        with told(f"the load balancer for the health of {target_group.rpartition(':')[2]}"):
            answer = clients("elbv2").describe_target_health(TargetGroupArn=target_group)
        return _of_targets(answer["TargetHealthDescriptions"])

    return look


def _of_checkers(observations: Sequence[Mapping[str, Any]]) -> Standing:
    reports = [one.get("StatusReport", {}).get("Status", "") for one in observations]
    if not reports:
        return Standing(Health.STARTING, "No health checker has looked yet")
    good = sum(report.startswith("Success") for report in reports)
    told_by = f"{good} of {len(reports)} health checkers reach it"
    return Standing(Health.HEALTHY if good / len(reports) > ENOUGH_CHECKERS else Health.UNHEALTHY, told_by)


def _of_targets(descriptions: Sequence[Mapping[str, Any]]) -> Standing:
    states = [one["TargetHealth"]["State"] for one in descriptions]
    # A load balancer does not look at targets that no listener leads to: nothing is known of them.
    alive = [state for state in states if state not in {"draining", "unused"}]
    if "healthy" in alive:
        return Standing(Health.HEALTHY, f"{alive.count('healthy')} of {len(alive)} targets are healthy")
    if not states:
        return Standing(Health.ABSENT, "The target group has no targets")
    if "initial" in alive or not alive:
        return Standing(Health.STARTING, "No target is healthy yet" if alive else "No listener leads to its targets")
    return Standing(Health.UNHEALTHY, f"None of {len(alive)} targets is healthy")
