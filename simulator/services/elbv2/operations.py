"""The calls about targets."""

from collections.abc import Iterator, Sequence
from typing import Any

from moto.elbv2.models import elbv2_backends

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.elbv2.targets import TARGETS, drain_delay_s, health, is_in_use


@operation("elbv2", "RegisterTargets")
def register_targets(parameters: Parameters, context: Context) -> None:
    """Will register targets that are well."""
    group = _group(parameters, context)
    for address, port in _named(parameters["Targets"], group):
        TARGETS.register(group.arn, address, port)


@operation("elbv2", "DeregisterTargets")
def deregister_targets(parameters: Parameters, context: Context) -> None:
    """Will let targets drain."""
    group = _group(parameters, context)
    for address, port in _named(parameters["Targets"], group):
        if not TARGETS.deregister(group.arn, address, port, delay_s=drain_delay_s(context, group.arn)):
            raise AwsError("InvalidTarget", f"The target {address} is not registered with the target group.")


@operation("elbv2", "DescribeTargetHealth")
def describe_target_health(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will say how each target is: those that were asked for, or all."""
    group = _group(parameters, context)
    used = is_in_use(elbv2_backends[context.account][context.region], group.arn)
    found = {
        (one.id, one.port): _description(one.id, one.port, health(one, is_in_use=used)) for one in TARGETS.of(group.arn)
    }
    if not parameters.get("Targets"):
        return {"TargetHealthDescriptions": list(found.values())}
    asked = _named(parameters["Targets"], group)
    return {"TargetHealthDescriptions": [found.get(one) or _description(*one, _ABSENT) for one in asked]}


_ABSENT = {
    "State": "unused",
    "Reason": "Target.NotRegistered",
    "Description": "Target is not registered to the target group",
}


def _description(address: str, port: int, state: dict[str, str]) -> dict[str, Any]:
    return {"Target": {"Id": address, "Port": port}, "HealthCheckPort": str(port), "TargetHealth": state}


def _named(targets: Sequence[Any], group: Any) -> Iterator[tuple[str, int]]:
    for one in targets:
        yield one["Id"], int(one.get("Port") or group.port)


def _group(parameters: Parameters, context: Context) -> Any:
    found = elbv2_backends[context.account][context.region].target_groups.get(parameters["TargetGroupArn"])
    if found is None:
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")
    return found
