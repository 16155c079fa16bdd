"""The record sets of each hosted zone: what was asked for, and what Route 53's servers answer by now.

moto keeps the zones and what was asked for (`FakeZone.rrsets`); what is served follows here when a change is INSYNC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.route53.models import RecordSet, route53_backends

from simulator import control
from simulator.operations import AwsError, Context
from simulator.world import WORLD

# "Generally within 60 seconds" (Route 53 API reference, ChangeResourceRecordSets).
INSYNC_S = 20.0

Key = tuple[str, str, str]


@dataclass
class Change:
    """One accepted batch."""

    id: str
    submitted_at: datetime
    comment: str = ""
    is_insync: bool = False

    def info(self) -> dict[str, Any]:
        """Will describe it as AWS does."""
        status = "INSYNC" if self.is_insync else "PENDING"
        known = {"Id": f"/change/{self.id}", "Status": status, "SubmittedAt": self.submitted_at}
        return {**known, "Comment": self.comment} if self.comment else known


@dataclass
class _Store:
    insync_s: float = INSYNC_S
    changes: dict[str, Change] = field(default_factory=dict)
    served: dict[str, dict[Key, RecordSet | None]] = field(default_factory=dict)


_STORE = _Store()


def let_changes_take(seconds: float) -> None:
    """Will make changes from now on take so much of the account's time until they are INSYNC."""
    _STORE.insync_s = seconds


def clean(name: str) -> str:
    """Will give a DNS name as Route 53 keeps it: lower case, with the last dot."""
    return name.lower().rstrip(".") + "."


def key_of(record: RecordSet | Mapping[str, Any]) -> Key:
    """Will tell record sets apart: by name, type and set identifier."""
    if isinstance(record, RecordSet):
        return clean(record.name), str(record.type), record.set_identifier or ""
    return clean(record["Name"]), record["Type"], record.get("SetIdentifier") or ""


def values_of(record: RecordSet) -> list[str]:
    """Will give a record set's values; moto keeps those of a zone's own SOA otherwise than the rest."""
    return [one["Value"] if isinstance(one, Mapping) else one for one in record.records]


def zone_of(zone_id: str, context: Context) -> Any:
    """Will give moto's zone. Raises AwsError(NoSuchHostedZone)."""
    short = zone_id.rsplit("/", 1)[-1]
    zone = route53_backends[context.account]["aws"].zones.get(short)
    if zone is None:
        raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {short}")
    return zone


def asked(zone: Any) -> dict[Key, RecordSet]:
    """Will give the record sets as they were asked for."""
    return {key_of(one): one for one in zone.rrsets}


def served(zone: Any) -> dict[Key, RecordSet]:
    """Will give the record sets that the name servers answer with."""
    differing = _STORE.served.get(zone.resource_id, {})
    seen = {key: one for key, one in asked(zone).items() if key not in differing}
    return seen | {key: one for key, one in differing.items() if one is not None}


def begin(zone: Any, change: Change, records: Mapping[Key, RecordSet | None]) -> None:
    """Will keep what was asked for, `None` for a record set that goes, and serve it once the change is INSYNC."""
    before = asked(zone)
    differing = _STORE.served.setdefault(zone.resource_id, {})
    for key in records:
        differing.setdefault(key, before.get(key))
    after = {key: one for key, one in {**before, **records}.items() if one is not None}
    zone.rrsets[:] = after.values()
    _STORE.changes[change.id] = change

    def arrive() -> None:
        differing.update(records)
        change.is_insync = True

    WORLD.after(_STORE.insync_s, arrive)


def change_of(change_id: str) -> Change:
    """Will find a change. Raises AwsError(NoSuchChange)."""
    short = change_id.rsplit("/", 1)[-1]
    if short not in _STORE.changes:
        raise AwsError("NoSuchChange", f"A change with the specified change ID does not exist: {short}")
    return _STORE.changes[short]


def sort(records: Iterable[RecordSet]) -> list[RecordSet]:
    """Will order record sets as Route 53 lists them: by the name's labels from the right, type, set identifier."""
    return sorted(records, key=place_of)


def place_of(record: RecordSet | Key) -> tuple[list[str], str, str]:
    """Will give a record set's place in the list."""
    name, kind, identifier = key_of(record) if isinstance(record, RecordSet) else record
    return list(reversed(name.rstrip(".").split("."))), kind, identifier


@WORLD.on_reset
def _empty() -> None:
    _STORE.insync_s = INSYNC_S
    _STORE.changes.clear()
    _STORE.served.clear()


def _control(body: control.Body) -> Any:
    if "insync_s" in body:
        let_changes_take(float(body["insync_s"]))
    return {"insync_s": _STORE.insync_s}


control.register("route53/changes", _control)
