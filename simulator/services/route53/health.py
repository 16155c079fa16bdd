"""Health checks: moto keeps them, and a test says how their endpoints are."""

from collections.abc import Mapping
from typing import Any

from moto.route53.models import route53_backends

from simulator import control
from simulator.operations import AwsError, Context
from simulator.services.route53.limits import answers
from simulator.world import WORLD

# The regions whose checkers look at an endpoint (botocore's model, HealthCheckRegion).
OBSERVERS = (
    *("us-east-1", "us-west-1", "us-west-2", "eu-west-1"),
    *("ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1"),
)
WELL = "Success: HTTP Status Code 200, OK"
ILL = "Failure: HTTP Status Code 503, Service Unavailable"

_ILL: dict[str, str] = {}


def set_health(check: str, *, is_healthy: bool, status: str = "") -> None:
    """Will make a health check find its endpoint well or ill from now on, in the words `status`."""
    if is_healthy:
        _ILL.pop(check, None)
    else:
        _ILL[check] = status or ILL


def is_healthy(check: str | None) -> bool:
    """Will say whether a record set with this health check counts as healthy; one without a check always does."""
    return check not in _ILL


@answers("GetHealthCheckStatus")
def _status(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    check = parameters["HealthCheckId"]
    if check not in route53_backends[context.account]["aws"].health_checks:
        raise AwsError("NoSuchHealthCheck", f"A health check with id {check} does not exist.")
    report = {"Status": _ILL.get(check, WELL), "CheckedTime": WORLD.now()}
    observed = [
        {"Region": region, "IPAddress": f"192.0.2.{number}", "StatusReport": report}
        for number, region in enumerate(OBSERVERS, start=1)
    ]
    return {"HealthCheckObservations": observed}


@WORLD.on_reset
def _all_well() -> None:
    _ILL.clear()


def _control(body: control.Body) -> Any:
    if body:
        set_health(body["check"], is_healthy=bool(body["is_healthy"]), status=body.get("status", ""))
    return dict(_ILL)


control.register("route53/health", _control)
