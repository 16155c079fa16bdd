"""The production listener's rule, whose weights ECS sets: what visitors really get, and how it is put right."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.aws import Clients
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told

ACTIONS = frozenset({"elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyRule"})


@dataclass(frozen=True)
class Rule:
    """A rule that does nothing but forward; `weights` by target group's ARN."""

    arn: str
    weights: Mapping[str, int]

    def share_of(self, target_group: str) -> int:
        """Will give the target group's share in whole per cent."""
        total = sum(self.weights.values())
        return round(100 * self.weights.get(target_group, 0) / total) if total else 0


def describe(clients: Clients, arn: str) -> Rule | None:
    """Will look at the rule; None for what is none, such as the listener of a network load balancer.

    Raises TargetError.
    """
    if ":listener-rule/" not in arn:
        return None
    with told("the load balancer about its production rule"):
        found = clients("elbv2").describe_rules(RuleArns=[arn])["Rules"]
    actions = found[0].get("Actions", []) if found else []
    if [one["Type"] for one in actions] != ["forward"]:
        return None
    groups = actions[0].get("ForwardConfig", {}).get("TargetGroups", [])
    # One group alone takes everything, whatever its weight says.
    weights = {one["TargetGroupArn"]: one.get("Weight", 1) if len(groups) > 1 else 1 for one in groups}
    return Rule(arn, weights)


def send_all(clients: Clients, rule: Rule, target_group: str) -> None:
    """Will give all visitors to one target group, as `weigh` does."""
    weigh(clients, rule, {target_group: 100})


def weigh(clients: Clients, rule: Rule, weights: Mapping[str, int]) -> None:
    """Will give each target group its weight, and those that aren't named 0; saying it twice is one change.

    Raises TargetError, permanent where the rule doesn't know a target group that is to have visitors.
    """
    unknown = [one for one, weight in weights.items() if weight and one not in rule.weights]
    if unknown:
        sentence = f"The production rule {rule.arn} does not know the target group {unknown[0]}"
        raise TargetError("target-group-unknown", sentence, permanent=True)
    groups = [{"TargetGroupArn": one, "Weight": weights.get(one, 0)} for one in rule.weights]
    with told("the load balancer to put its production rule back"):
        clients("elbv2").modify_rule(
            RuleArn=rule.arn, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
        )
