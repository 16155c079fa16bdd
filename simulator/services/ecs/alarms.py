"""Which CloudWatch alarms are on, as deployments look at them."""

from collections.abc import Iterable

from moto.cloudwatch.models import cloudwatch_backends

from simulator.operations import Context

# How often a deployment looks (not documented: our reading).
POLL_S = 30.0


def active(names: Iterable[str], context: Context) -> list[str]:
    """Will list those of the alarms called `names` that are in ALARM."""
    alarms = cloudwatch_backends[context.account][context.region].alarms
    return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]
