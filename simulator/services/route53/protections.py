"""Protections of record sets by name and type: while one stands, no batch may touch them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simulator.operations import AwsError, Context
from simulator.services.route53 import zones
from simulator.services.route53.limits import answers
from simulator.services.route53.zones import Key, clean
from simulator.world import WORLD

# Per request (API reference). A zone's quota is not documented: our reading.
MOST_PER_REQUEST = 100
MOST_PER_ZONE = 1_000
PAGE = 100

Named = tuple[str, str]
_PROTECTED: dict[str, dict[Named, str]] = {}


def in_the_way(zone: str, wanted: Iterable[Key]) -> list[str]:
    """Will list, a sentence each, the protections that a batch would break (AWS's words are not documented)."""
    held = _PROTECTED.get(zone, {})
    return [
        f"The resource record set [name='{name}', type='{kind}'] is protected"
        for name, kind in sorted({key[:2] for key in wanted})
        if (name, kind) in held
    ]


@answers("CreateResourceRecordSetProtections")
def _create(parameters: Mapping[str, Any], context: Context) -> None:
    zone = zones.zone_of(parameters["HostedZoneId"], context)
    entries = _entries(parameters["Protections"])
    _refuse_unreadable(entries, zone.name)
    held = _PROTECTED.setdefault(zone.resource_id, {})
    taken = [one for one in entries if _named(one) in held]
    if taken:
        code = "ProtectionAlreadyExists" if len(taken) == len(entries) else "InvalidResourceRecordSetProtectionBatch"
        raise _refusal(code, taken, "ProtectionAlreadyExists", "A protection already exists.")
    if len(held) + len(entries) > MOST_PER_ZONE:
        raise AwsError("LimitsExceeded", f"A hosted zone may have {MOST_PER_ZONE} protections.")
    held.update({_named(one): one.get("Comment") or "" for one in entries})


@answers("DeleteResourceRecordSetProtections")
def _delete(parameters: Mapping[str, Any], context: Context) -> None:
    zone = zones.zone_of(parameters["HostedZoneId"], context)
    entries = _entries(parameters["Protections"])
    _refuse_unreadable(entries, zone.name)
    held = _PROTECTED.setdefault(zone.resource_id, {})
    missing = [one for one in entries if _named(one) not in held]
    if missing:
        raise _refusal(
            "InvalidResourceRecordSetProtectionBatch", missing, "ProtectionNotFound", "No such protection exists."
        )
    for one in entries:
        del held[_named(one)]


@answers("ListResourceRecordSetProtections")
def _list(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    zone = zones.zone_of(parameters["HostedZoneId"], context)
    most = min(int(parameters.get("MaxResults") or PAGE), PAGE)
    held = _PROTECTED.get(zone.resource_id, {})
    names = sorted(held, key=lambda one: zones.place_of((*one, "")))
    if name := parameters.get("StartRecordName"):
        start = zones.place_of((clean(name), parameters.get("StartRecordType") or "", ""))
        names = [one for one in names if zones.place_of((*one, "")) >= start]
    first = _offset(parameters.get("NextToken"))
    page = names[first : first + most]
    answer: dict[str, Any] = {"ResourceRecordSetProtections": [_described(one, held[one]) for one in page]}
    return answer | ({"NextToken": str(first + most)} if first + most < len(names) else {})


def _offset(token: str | None) -> int:
    if token and not token.isdigit():
        raise AwsError("InvalidPaginationToken", "The token is not valid.")
    return int(token or 0)


def _described(named: Named, comment: str) -> dict[str, str]:
    known = {"RecordName": named[0], "RecordType": named[1]}
    return {**known, "Comment": comment} if comment else known


def _entries(entries: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    if len(entries) > MOST_PER_REQUEST:
        raise AwsError("InvalidInput", f"A request may have {MOST_PER_REQUEST} protections.")
    return entries


def _named(entry: Mapping[str, str]) -> Named:
    return clean(entry["RecordName"]), entry["RecordType"]


def _refuse_unreadable(entries: Sequence[Mapping[str, str]], zone: str) -> None:
    named = [_named(one) for one in entries]
    wrong = [
        entry
        for entry, one in zip(entries, named, strict=True)
        if not f".{one[0]}".endswith(f".{clean(zone)}") or named.count(one) > 1
    ]
    if wrong:
        raise _refusal(
            "InvalidResourceRecordSetProtectionBatch", wrong, "InvalidInput", "The entry isn't valid in this zone."
        )


def _refusal(code: str, entries: Sequence[Mapping[str, str]], reason: str, message: str) -> AwsError:
    errors = [
        {"RecordName": one["RecordName"], "RecordType": one["RecordType"], "Code": reason, "Message": message}
        for one in entries
    ]
    names = ", ".join(f"{one['RecordName']} {one['RecordType']}" for one in entries)
    return AwsError(code, f"{message} ({names})", Errors=errors)


@WORLD.on_reset
def _empty() -> None:
    _PROTECTED.clear()
