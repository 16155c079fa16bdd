"""Service Quotas: the limits that a release may run into, with AWS's defaults; a test may set others."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulator import control
from simulator.operations import AwsError, Context, operation
from simulator.services.cloudwatch import usage
from simulator.world import WORLD

PAGE = 100


@dataclass(frozen=True)
class Quota:
    """One limit, by the code of its service and its own; `usage` are the dimensions of its usage's metric."""

    service: str
    service_name: str
    code: str
    name: str
    value: float
    usage: Mapping[str, str] = field(default_factory=dict)

    def described(self, context: Context) -> dict[str, Any]:
        """Will describe it as GetServiceQuota does."""
        metric = {
            "MetricNamespace": "AWS/Usage",
            "MetricName": "ResourceCount",
            "MetricDimensions": dict(self.usage),
            "MetricStatisticRecommendation": "Maximum",
        }
        return {
            "ServiceCode": self.service,
            "ServiceName": self.service_name,
            "QuotaArn": f"arn:aws:servicequotas:{context.region}:{context.account}:{self.service}/{self.code}",
            "QuotaCode": self.code,
            "QuotaName": self.name,
            "Value": self.value,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
            **({"UsageMetric": metric} if self.usage else {}),
        }


# The codes and defaults of Amazon ECS, Fargate, Elastic Load Balancing and Lambda endpoints and quotas (AWS General
# Reference). An account's own value may be lower at first.
DEFAULTS = (
    Quota("ecs", "Amazon Elastic Container Service (Amazon ECS)", "L-9EF96962", "Services per cluster", 5000),
    Quota("ecs", "Amazon Elastic Container Service (Amazon ECS)", "L-46458851", "Tasks per service", 5000),
    Quota("fargate", "AWS Fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", 6, usage.DIMENSIONS),
    Quota("elasticloadbalancing", "Elastic Load Balancing (ELB)", "L-B22855CB", "Target Groups per Region", 3000),
    Quota(
        "elasticloadbalancing",
        "Elastic Load Balancing (ELB)",
        "L-53DA6B97",
        "Application Load Balancers per Region",
        50,
    ),
    Quota("lambda", "AWS Lambda", "L-B99A9384", "Concurrent executions", 1000),
)
_QUOTAS: dict[tuple[str, str], Quota] = {}


@WORLD.on_reset
def _restore() -> None:
    _QUOTAS.clear()
    _QUOTAS.update({(one.service, one.code): one for one in DEFAULTS})


_restore()


def set_quota(service: str, code: str, value: float) -> None:
    """Will change a limit. Raises KeyError for one that isn't known here."""
    _QUOTAS[service, code] = replace(_QUOTAS[service, code], value=value)


@operation("service-quotas", "GetServiceQuota")
def _get(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = _QUOTAS.get((parameters["ServiceCode"], parameters["QuotaCode"]))
    if found is None:
        raise AwsError("NoSuchResourceException", "The request failed because the specified quota does not exist.")
    return {"Quota": found.described(context)}


@operation("service-quotas", "ListServiceQuotas")
def _list(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = [one.described(context) for one in _QUOTAS.values() if one.service == parameters["ServiceCode"]]
    if not found:
        raise AwsError("NoSuchResourceException", "The request failed because the specified service does not exist.")
    return {"Quotas": found[:PAGE]}


def _control(body: control.Body) -> Any:
    if body:
        set_quota(body["service"], body["code"], float(body["value"]))
    return {f"{one.service}/{one.code}": one.value for one in _QUOTAS.values()}


control.register("quotas", _control)
