"""Where listeners and rules send traffic, in weights: what a deployment moves."""

from collections.abc import Mapping
from typing import Any

from moto.elbv2.models import ELBv2Backend, elbv2_backends

from simulator.operations import AwsError, Context


def weigh(route: str, weights: Mapping[str, float], context: Context) -> None:
    """Will make the listener or rule `route` forward by `weights`, per cent by target group's ARN.

    A load balancer knows whole numbers up to 999 (ELBv2 API reference, TargetGroupTuple), so shares finer than one per
    cent count in tenths. Raises AwsError when the route or a target group is gone.
    """
    scale = 1 if all(float(one).is_integer() for one in weights.values()) else 10
    # 999 is the most; 100.0 % beside a tenth would be 1000, so a whole goes as 999 to 0, which is the same share.
    groups = [{"TargetGroupArn": arn, "Weight": min(999, round(one * scale))} for arn, one in weights.items()]
    actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    backend = _backend(context)
    for arn in weights:
        if arn not in backend.target_groups:
            raise AwsError("TargetGroupNotFound", f"The target group {arn} does not exist.")
    if is_rule(route):
        _rule(backend, route)
        backend.modify_rule(route, [], actions)
    else:
        _listener(backend, route)
        backend.modify_listener(route, certificates=[], actions=actions)


def weights(route: str, context: Context) -> dict[str, float]:
    """Will give the shares, per cent by target group's ARN, by which `route` forwards now; empty for a route gone."""
    backend = _backend(context)
    try:
        actions = _rule(backend, route).actions if is_rule(route) else _listener(backend, route).default_actions
    except AwsError:
        return {}
    for action in actions:
        if action.type == "forward":
            return _shares(action.data)
    return {}


def group_arn(name: str, context: Context) -> str:
    """Will find a target group by its name; "" when there is none."""
    return next((one.arn for one in _backend(context).target_groups.values() if one.name == name), "")


def is_rule(route: str) -> bool:
    """Will tell a rule's ARN from a listener's."""
    return ":listener-rule/" in route


def _shares(action: Mapping[str, Any]) -> dict[str, float]:
    if "TargetGroupArn" in action and "ForwardConfig" not in action:
        return {action["TargetGroupArn"]: 100.0}
    groups = action["ForwardConfig"]["TargetGroups"]
    total = sum(float(one["Weight"]) for one in groups) or 1.0
    return {one["TargetGroupArn"]: float(one["Weight"]) * 100 / total for one in groups}


def _backend(context: Context) -> ELBv2Backend:
    return elbv2_backends[context.account][context.region]


def _listener(backend: ELBv2Backend, arn: str) -> Any:
    for balancer in backend.load_balancers.values():
        if arn in balancer.listeners:
            return balancer.listeners[arn]
    raise AwsError("ListenerNotFound", f"The listener {arn} does not exist.")


def _rule(backend: ELBv2Backend, arn: str) -> Any:
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            if arn in listener.rules:
                return listener.rules[arn]
    raise AwsError("RuleNotFound", f"The rule {arn} does not exist.")
