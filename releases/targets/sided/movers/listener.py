"""The weights of a load balancer's listener or rule: exact, and in force at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.aws import Clients
from releases.rules.foresight import Finding, PlannedCall
from releases.targets.base import TargetError
from releases.targets.cloud import permissions
from releases.targets.cloud.calls import told
from releases.targets.sided.config import ListenerConfig
from releases.targets.sided.movers.base import Traffic, share_of
from releases.targets.sided.note import Side, share_b

ACTIONS = frozenset(
    {
        *("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:ModifyListener"),
        *("elasticloadbalancing:DescribeTags", "elasticloadbalancing:AddTags"),
    }
)
# Instead of the first two, where it is a rule.
RULE_ACTIONS = frozenset({"elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyRule"})
KEY = "verdigris:sides"
TAG = "elasticloadbalancing:AddTags"


@dataclass(frozen=True)
class Listener:
    """A listener's default action, or a rule's actions; what stands before the forward (a sign-in) is kept."""

    config: ListenerConfig
    clients: Clients
    weights: tuple[int, ...] = ()
    slowest_s: float = 0.0
    look_every_s: float = 5.0

    def read_note(self) -> str:
        """Will read the tag of the listener or rule."""
        with told(f"the load balancer for the tags of {self._what}"):
            answer = self._client.describe_tags(ResourceArns=[self.config.arn])
        tags = {tag["Key"]: tag["Value"] for one in answer["TagDescriptions"] for tag in one["Tags"]}
        return str(tags.get(KEY, ""))

    def write_note(self, text: str) -> None:
        """Will write the tag."""
        with told(f"the load balancer to tag {self._what}"):
            self._client.add_tags(ResourceArns=[self.config.arn], Tags=[{"Key": KEY, "Value": text}])

    def look(self) -> Traffic:
        """Will say what the weights give side b."""
        weights = _weights(_forward(self._actions()))
        a, b = (weights.get(self.config.target_groups[side], 0) for side in Side)
        others = sum(weight for group, weight in weights.items() if group not in self.config.target_groups.values())
        if not a + b:
            message = "" if not others else f"{self._what} leads to other target groups than the two sides'"
            return Traffic((), message)
        odd = f"{self._what}: the weights are {a} and {b}, which don't add up to 100" if a + b != 100 else ""
        if others:
            odd = f"{self._what}: a target group that is none of the two sides' has weight {others}"
        return Traffic((share_of(a, b, others=others),), odd)

    def move(self, share_b: int) -> str:
        """Will set both weights, (100 - share, share), unless they are so already."""
        actions = self._actions()
        wanted = self._wanted(actions, share_b)
        if [_normal(one) for one in actions] == [_normal(one) for one in wanted]:
            return ""
        with told(f"the load balancer to give {self._what} the weights {100 - share_b} and {share_b}"):
            if self.config.is_rule:
                self._client.modify_rule(RuleArn=self.config.arn, Actions=wanted)
            else:
                self._client.modify_listener(ListenerArn=self.config.arn, DefaultActions=wanted)
        return ""

    def is_in_force(self, change: str) -> bool:  # noqa: ARG002 - there are no changes on their way
        """Will say yes: what a load balancer was told, it does."""
        return True

    def foresee(self, green: Side, weights: Sequence[int]) -> tuple[tuple[PlannedCall, ...], tuple[Finding, ...]]:
        """Will list the weights one after the other, and say what is odd about those now."""
        operation = "elbv2:ModifyRule" if self.config.is_rule else "elbv2:ModifyListener"
        given = [share_b(green, weight) for weight in weights]
        calls = tuple(PlannedCall(operation, f"{self._what}: a {100 - share}, b {share}") for share in given)
        seen = self.look()
        told_so = seen.message or f"{self._what} leads to the two sides and nowhere else"
        is_allowed = permissions.finding(self.clients, {self.config.arn: (_iam(operation), TAG)})
        return calls, (Finding("weights", told_so, is_good=not seen.message), is_allowed)

    def _actions(self) -> Sequence[Mapping[str, Any]]:
        with told(f"the load balancer for {self._what}"):
            if self.config.is_rule:
                return list(self._client.describe_rules(RuleArns=[self.config.arn])["Rules"][0]["Actions"])
            return list(
                self._client.describe_listeners(ListenerArns=[self.config.arn])["Listeners"][0]["DefaultActions"]
            )

    def _wanted(self, actions: Sequence[Mapping[str, Any]], share: int) -> list[dict[str, Any]]:
        groups = self.config.target_groups
        forward: dict[str, Any] = {
            "TargetGroups": [
                {"TargetGroupArn": groups[Side.A], "Weight": 100 - share},
                {"TargetGroupArn": groups[Side.B], "Weight": share},
            ]
        }
        if self.config.stickiness_s:
            forward["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": self.config.stickiness_s}
        before = [dict(one) for one in actions if one["Type"] not in {"forward", "redirect", "fixed-response"}]
        for one in before:
            if "AuthenticateOidcConfig" in one:
                # The secret is never given back; without this AWS would ask for it again.
                one["AuthenticateOidcConfig"] = {**one["AuthenticateOidcConfig"], "UseExistingClientSecret": True}
        last: dict[str, Any] = {"Type": "forward", "ForwardConfig": forward}
        if before:
            last["Order"] = max(int(one.get("Order", 0)) for one in before) + 1
        return [*before, last]

    @property
    def _what(self) -> str:
        return f"{'rule' if self.config.is_rule else 'listener'} {self.config.arn.rpartition('/')[2]}"

    @property
    def _client(self) -> Any:
        return self.clients("elbv2")


def _iam(operation: str) -> str:
    return operation.replace("elbv2:", "elasticloadbalancing:")


def _forward(actions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    forwards = [one for one in actions if one["Type"] == "forward"]
    if len(forwards) > 1:
        raise TargetError("forward-unclear", "There is more than one forward action", permanent=True)
    return forwards[0] if forwards else {}


def _weights(forward: Mapping[str, Any]) -> Mapping[str, int]:
    groups = forward.get("ForwardConfig", {}).get("TargetGroups", [])
    if not groups and "TargetGroupArn" in forward:
        return {forward["TargetGroupArn"]: 100}
    # A single group gets everything, whatever its weight (ELBv2 API reference, ForwardActionConfig).
    only = len(groups) == 1
    return {one["TargetGroupArn"]: 100 if only else int(one.get("Weight", 1)) for one in groups}


def _normal(action: Mapping[str, Any]) -> tuple[Any, ...]:
    if action["Type"] != "forward":
        return (action["Type"],)
    stickiness = action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {})
    kept_s = stickiness.get("DurationSeconds") if stickiness.get("Enabled") else None
    return "forward", tuple(sorted(_weights(action).items())), kept_s
