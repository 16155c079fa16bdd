"""CloudWatch alarms: which of an environment's own ring."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.aws import Clients
from releases.rules.foresight import Finding
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told

ACTIONS = frozenset({"cloudwatch:DescribeAlarms"})
# DescribeAlarms takes this many names at once (CloudWatch API reference).
AT_MOST = 100


@dataclass(frozen=True)
class Alarm:
    """One alarm that rings, and CloudWatch's reason."""

    name: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"The alarm {self.name} rings: {self.reason.strip().rstrip('.') or 'no reason given'}."


def ringing(clients: Clients, names: Sequence[str]) -> tuple[Alarm, ...]:
    """Will give those of the named alarms, metric and composite ones, that are in ALARM; nothing is asked for no names.

    Raises TargetError, permanent where one of them does not exist: an alarm that can't ring protects nobody.
    """
    found = {}
    for first in range(0, len(names), AT_MOST):
        with told(f"CloudWatch about {len(names)} alarms"):
            answer = clients("cloudwatch").describe_alarms(
                AlarmNames=list(names[first : first + AT_MOST]),
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                MaxRecords=AT_MOST,
            )
        for one in (*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])):
            found[one["AlarmName"]] = one
    missing = [name for name in names if name not in found]
    if missing:
        raise TargetError("alarm-missing", f"There is no alarm {', '.join(missing)}", permanent=True)
    return tuple(
        Alarm(name, found[name].get("StateReason", "")) for name in names if found[name].get("StateValue") == "ALARM"
    )


def findings(clients: Clients, names: Sequence[str]) -> tuple[Finding, ...]:
    """Will say of an environment's alarms whether one rings or is missing; nothing where it has none.

    Raises TargetError where CloudWatch does not answer.
    """
    if not names:
        return ()
    try:
        rung = ringing(clients, names)
    except TargetError as error:
        if error.code != "alarm-missing":
            raise
        return (Finding("alarms", error.message, is_good=False),)
    if rung:
        return tuple(Finding("alarms", alarm.sentence, is_good=False) for alarm in rung)
    return (Finding("alarms", f"Quiet: {', '.join(names)}", is_good=True),)
