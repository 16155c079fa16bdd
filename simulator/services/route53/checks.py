"""What Route 53 refuses in a change batch.

InvalidInput is raised at once, for what can't be read; what contradicts the zone is collected, for InvalidChangeBatch.
The sentences are AWS's as they are known from logs of others; they are not documented.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto.route53.models import RecordSet

from simulator.operations import AwsError
from simulator.services.route53.zones import Key, clean, key_of, values_of

# Route 53 developer guide, "Quotas": per request, and weighted records of one name and type.
MOST_RECORDS = 1_000
MOST_CHARACTERS = 32_000
MOST_WEIGHTED = 100
HIGHEST_WEIGHT = 255
POLICIES = ("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer", "CidrRoutingConfig")

Change = Mapping[str, Any]


def read(changes: Sequence[Change]) -> None:
    """Will raise AwsError(InvalidInput) for the first change that no zone could take, or a batch that is too large."""
    weights = [2 if one["Action"] == "UPSERT" else 1 for one in changes]
    records = [one["ResourceRecordSet"].get("ResourceRecords") or [{}] for one in changes]
    count = sum(weight * len(values) for weight, values in zip(weights, records, strict=True))
    size = sum(
        weight * sum(len(one.get("Value", "")) for one in values)
        for weight, values in zip(weights, records, strict=True)
    )
    if count > MOST_RECORDS or size > MOST_CHARACTERS:
        number, limit = (count, MOST_RECORDS) if count > MOST_RECORDS else (size, MOST_CHARACTERS)
        raise AwsError("InvalidChangeBatch", f"[Number of records limit of {limit} exceeded: {number}.]")
    for change in changes:
        _read(change)


def _read(change: Change) -> None:
    record = change["ResourceRecordSet"]
    where = _named(change)
    weight = record.get("Weight")
    if weight is not None and not 0 <= weight <= HIGHEST_WEIGHT:
        bound = ("maxInclusive", HIGHEST_WEIGHT) if weight > HIGHEST_WEIGHT else ("minInclusive", 0)
        raise AwsError(
            "InvalidInput",
            f"Invalid XML ; cvc-{bound[0]}-valid: Value '{weight}' is not facet-valid with respect to "
            f"{bound[0]} '{bound[1]}' for type 'ResourceRecordSetWeight'.",
        )
    has_values = bool(record.get("ResourceRecords")) and record.get("TTL") is not None
    is_mixed = record.get("AliasTarget") and (record.get("ResourceRecords") or record.get("TTL") is not None)
    if is_mixed or bool(record.get("AliasTarget")) == has_values:
        found = "more than one" if is_mixed else "none"
        raise AwsError(
            "InvalidInput",
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            f"TrafficPolicyInstanceId], but found {found} in {where}",
        )
    policies = [name for name in POLICIES if record.get(name) is not None]
    if record.get("SetIdentifier") and len(policies) != 1:
        found = "more than one" if policies else "none"
        raise AwsError(
            "InvalidInput",
            f"Invalid request: Expected exactly one of [{', '.join(POLICIES)}], but found {found} in {where}",
        )
    if policies and not record.get("SetIdentifier"):
        raise AwsError("InvalidInput", f"Invalid request: Missing field 'SetIdentifier' in {where}")


def _named(change: Change) -> str:
    record = change["ResourceRecordSet"]
    words = {"Action": change["Action"], "Name": record["Name"], "Type": record["Type"]}
    pairs = ", ".join(f"{name}={value}" for name, value in words.items())
    return f"Change with [{pairs}, SetIdentifier={record.get('SetIdentifier') or 'null'}]"


def contradictions(
    changes: Sequence[Change], zone_name: str, before: Mapping[Key, RecordSet], wanted: Mapping[Key, RecordSet | None]
) -> list[str]:
    """Will list what is wrong with the changes in this zone, a sentence each."""
    found = [*_doubled(changes)]
    for change in changes:
        record = change["ResourceRecordSet"]
        key = key_of(record)
        if not f".{key[0]}".endswith(f".{clean(zone_name)}"):
            found.append(f"RRSet with DNS name {key[0]} is not permitted in zone {zone_name}")
        found += _against(change["Action"], record, key, before)
    after = {key: one for key, one in {**before, **wanted}.items() if one is not None}
    return [*found, *_impossible(after, wanted, clean(zone_name))]


def _doubled(changes: Sequence[Change]) -> Iterator[str]:
    seen: set[tuple[Key, bool]] = set()
    for change in changes:
        # A DELETE and a CREATE of one record set may stand in one batch; two changes of one kind may not.
        mark = key_of(change["ResourceRecordSet"]), change["Action"] == "DELETE"
        if mark in seen:
            (name, kind, _), action = mark[0], change["Action"]
            yield f"The request contains an invalid set of changes for a resource record set '{action} {kind} {name}'"
        seen.add(mark)


def _against(action: str, record: Mapping[str, Any], key: Key, before: Mapping[Key, RecordSet]) -> Iterator[str]:
    name, kind, identifier = key
    named = f"[name='{name}', type='{kind}'{f', set-identifier={identifier!r}' if identifier else ''}]"
    known = before.get(key)
    if action == "CREATE" and known is not None:
        yield f"Tried to create resource record set {named} but it already exists"
    if action == "DELETE" and known is None:
        yield f"Tried to delete resource record set {named} but it was not found"
    if action == "DELETE" and known is not None and not _is_same(known, record):
        yield (f"Tried to delete resource record set {named} but the values provided do not match the current values")


def _is_same(known: RecordSet, record: Mapping[str, Any]) -> bool:
    alias, wanted = known.alias_target or {}, record.get("AliasTarget") or {}
    return (
        _number(known.ttl) == _number(record.get("TTL"))
        and _number(known.weight) == _number(record.get("Weight"))
        and sorted(values_of(known)) == sorted(one["Value"] for one in record.get("ResourceRecords") or [])
        and clean(alias.get("DNSName", "")) == clean(wanted.get("DNSName", ""))
    )


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _impossible(
    after: Mapping[Key, RecordSet], wanted: Mapping[Key, RecordSet | None], zone_name: str
) -> Iterator[str]:
    for name, kind in sorted({key[:2] for key in wanted}):
        group = [one for key, one in after.items() if key[:2] == (name, kind)]
        policies = {_policy(one) for one in group}
        if len(policies) > 1:
            yield (
                f"RRSet with DNS name {name}, type {kind} cannot be created as other RRSets exist with the same "
                "name and type but a different routing policy"
            )
        if len(group) > MOST_WEIGHTED:
            yield f"More than {MOST_WEIGHTED} resource record sets with the name {name} and type {kind}"
        kinds = {key[1] for key in after if key[0] == name}
        if "CNAME" in kinds and len(kinds) > 1:
            yield (
                f"RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records "
                f"with the same DNS name in zone {zone_name}"
            )
    for kind in ("NS", "SOA"):
        if wanted.get((zone_name, kind, ""), ...) is None:
            yield f"A HostedZone must contain at least one {kind} record for the zone itself."


def _policy(record: RecordSet) -> str:
    named = {"Weight": record.weight, "Region": record.region, "Failover": record.failover}
    named |= {"GeoLocation": record.geo_location, "MultiValueAnswer": record.multi_value_answer}
    return next((name for name, value in named.items() if value is not None), "simple")
