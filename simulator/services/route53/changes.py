"""ChangeResourceRecordSets, GetChange and the list of record sets."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from moto.route53.models import RecordSet, route53_backends

from simulator.operations import AwsError, Context
from simulator.services.route53 import checks, protections, zones
from simulator.services.route53.limits import answers
from simulator.services.route53.zones import Key, key_of
from simulator.world import WORLD

# Record sets per page (Route 53 API reference, ListResourceRecordSets, MaxItems).
PAGE = 300


@answers("ChangeResourceRecordSets")
def _change(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    zone = zones.zone_of(parameters["HostedZoneId"], context)
    batch = parameters["ChangeBatch"]
    changes = batch["Changes"]
    checks.read(changes)
    _require_health_checks(changes, context)
    wanted = _wanted(changes)
    found = protections.in_the_way(zone.resource_id, wanted)
    found += checks.contradictions(changes, zone.name, zones.asked(zone), wanted)
    if found:
        raise AwsError("InvalidChangeBatch", f"[{', '.join(found)}]")
    change = zones.Change(f"C{secrets.token_hex(10).upper()}", WORLD.now(), batch.get("Comment") or "")
    zones.begin(zone, change, wanted)
    return {"ChangeInfo": change.info()}


def _wanted(changes: Sequence[Mapping[str, Any]]) -> dict[Key, RecordSet | None]:
    """What each named record set shall be after the batch; a DELETE before a CREATE of the same one gives way."""
    wanted: dict[Key, RecordSet | None] = {}
    for change in changes:
        record = change["ResourceRecordSet"]
        key = key_of(record)
        if change["Action"] == "DELETE":
            wanted.setdefault(key, None)
        else:
            values = [one["Value"] for one in record.get("ResourceRecords") or []]
            kept = {**record, "Name": key[0], "ResourceRecords": values}
            wanted[key] = RecordSet(kept)  # type: ignore[abstract]  # moto's own zones make them so
    return wanted


def _require_health_checks(changes: Sequence[Mapping[str, Any]], context: Context) -> None:
    known = route53_backends[context.account]["aws"].health_checks
    for change in changes:
        wanted = change["ResourceRecordSet"].get("HealthCheckId")
        if change["Action"] != "DELETE" and wanted and wanted not in known:
            raise AwsError("NoSuchHealthCheck", f"No health check exists with the ID {wanted}")


@answers("GetChange")
def _get_change(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:  # noqa: ARG001 - one signature
    return {"ChangeInfo": zones.change_of(parameters["Id"]).info()}


@answers("ListResourceRecordSets")
def _list(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    zone = zones.zone_of(parameters["HostedZoneId"], context)
    most = min(int(parameters.get("MaxItems") or PAGE), PAGE)
    records = zones.sort(zone.rrsets)
    if name := parameters.get("StartRecordName"):
        kind, identifier = parameters.get("StartRecordType") or "", parameters.get("StartRecordIdentifier") or ""
        start = zones.place_of((zones.clean(name), kind, identifier))
        records = [one for one in records if zones.place_of(one) >= start]
    answer = {
        "ResourceRecordSets": [_described(one) for one in records[:most]],
        "IsTruncated": len(records) > most,
        "MaxItems": str(most),
    }
    return answer | (_next(records[most]) if len(records) > most else {})


def _next(record: RecordSet) -> dict[str, str]:
    name, kind, identifier = key_of(record)
    known = {"NextRecordName": name, "NextRecordType": kind}
    return {**known, "NextRecordIdentifier": identifier} if identifier else known


def _described(record: RecordSet) -> dict[str, Any]:
    """Will describe a record set as AWS does; what it lacks is left out."""
    alias = record.alias_target or {}
    described = {
        "Name": zones.clean(record.name),
        "Type": record.type,
        "SetIdentifier": record.set_identifier,
        "Weight": None if record.weight is None else int(record.weight),
        "Region": record.region,
        "Failover": record.failover,
        "GeoLocation": record.geo_location,
        "MultiValueAnswer": record.multi_value_answer,
        "HealthCheckId": record.health_check_id,
        "TTL": None if record.ttl is None else int(record.ttl),
        "ResourceRecords": [{"Value": one} for one in zones.values_of(record)] or None,
        "AliasTarget": alias and {**alias, "DNSName": zones.clean(alias["DNSName"])},
    }
    return {name: value for name, value in described.items() if value not in (None, {})}
