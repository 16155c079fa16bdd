"""What of a deploymentConfiguration AWS doesn't take."""

from collections.abc import Mapping
from typing import Any

from simulator.operations import AwsError

# ECS developer guide, "Pause lifecycle hooks": not where traffic itself moves.
_NO_PAUSE_AT = frozenset({"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"})
_LONGEST_BAKE_MINUTES = 1440


def check(configuration: Mapping[str, Any]) -> None:
    """Will raise AwsError(InvalidParameterException) for a configuration that ECS refuses."""
    strategy = configuration.get("strategy", "ROLLING")
    linear = configuration.get("linearConfiguration", {})
    canary = configuration.get("canaryConfiguration", {})
    for hook in configuration.get("lifecycleHooks", []):
        _check_hook(hook)
    if (linear and strategy != "LINEAR") or (canary and strategy != "CANARY"):
        _refuse(f"The strategy {strategy} does not take the configuration of another one.")
    if not 3 <= float(linear.get("stepPercent", 10)) <= 100:
        _refuse("stepPercent must be from 3.0 to 100.0.")
    if not 0.1 <= float(canary.get("canaryPercent", 5)) <= 100:
        _refuse("canaryPercent must be from 0.1 to 100.0.")
    minutes = (
        configuration.get("bakeTimeInMinutes", 0),
        linear.get("stepBakeTimeInMinutes", 0),
        canary.get("canaryBakeTimeInMinutes", 0),
    )
    if not all(0 <= one <= _LONGEST_BAKE_MINUTES for one in minutes):
        _refuse("A bake time must be from 0 to 1440 minutes.")


def _check_hook(hook: Mapping[str, Any]) -> None:
    stages = set(hook.get("lifecycleStages") or [])
    if not stages:
        _refuse("A lifecycle hook needs its stages.")
    if hook.get("targetType", "AWS_LAMBDA") == "PAUSE":
        if stages & _NO_PAUSE_AT:
            _refuse(f"A PAUSE hook can't stand at {', '.join(sorted(stages & _NO_PAUSE_AT))}.")
    elif not hook.get("hookTargetArn") or not hook.get("roleArn"):
        _refuse("A lifecycle hook that calls a function needs hookTargetArn and roleArn.")


def _refuse(why: str) -> None:
    raise AwsError("InvalidParameterException", why)
