"""Weighted records: what Route 53 holds for a name, read and written. Nothing here asks anybody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from releases.targets.sided.config import Route53Config
from releases.targets.sided.movers.base import share_of
from releases.targets.sided.note import Side

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """What the records of one type say: side b's share, None where neither side has one, and what is odd."""

    share_b: int | None
    oddities: tuple[str, ...] = ()


def wanted(config: Route53Config, share_b: int) -> Sequence[Record]:
    """Will give every record as it should be: both sides, all types."""
    weights = {Side.A: 100 - share_b, Side.B: share_b}
    return [_record(config, side, kind, weights[side]) for kind in config.types for side in Side]


def batch(records: Iterable[Record], comment: str) -> Mapping[str, Any]:
    """Will give the one change that writes them all: both colours together, so that never only one is changed."""
    return {
        "Comment": comment[:256],
        "Changes": [{"Action": "UPSERT", "ResourceRecordSet": dict(record)} for record in records],
    }


def are_there(found: Iterable[Record], records: Iterable[Record]) -> bool:
    """Will say whether Route 53 holds every one of `records` exactly so."""
    held = {_key(record): _normal(record) for record in found}
    return all(held.get(_key(record)) == _normal(record) for record in records)


def read(config: Route53Config, found: Sequence[Record], kind: str) -> Read:
    """Will say what the records of one type do."""
    sets = [record for record in found if record["Type"] == kind]
    if any("SetIdentifier" not in record for record in sets):
        return Read(None, (f"{kind} is a plain record without weights: it has to go before the sides can have it",))
    weights = {str(record["SetIdentifier"]): int(record.get("Weight", 0)) for record in sets}
    a, b = (config.answers[side].identifier for side in Side)
    others = {name: weight for name, weight in weights.items() if name not in {a, b}}
    missing = [name for name in (a, b) if name not in weights]
    if len(missing) == 2:
        return Read(None, _others(kind, others))
    pair = weights.get(a, 0), weights.get(b, 0)
    if not any(weights.values()):
        # Of weights that are all zero, each is as likely (Route 53 Developer Guide, "Weighted routing").
        share = share_of(a not in missing, b not in missing, others=len(others))
        return Read(share, (f"all weights of {kind} are 0, so each answer is as likely", *_others(kind, others)))
    odd = [f"the {kind} record {name} is missing" for name in missing]
    if sum(pair) != 100:
        odd.append(f"the weights of {kind} are {pair[0]} and {pair[1]}, which don't add up to 100")
    extra = sum(others.values())
    # Where strangers have everything, nobody comes to either side.
    share = share_of(*pair, others=extra) if any(pair) else 0
    return Read(share, (*odd, *_others(kind, others)))


def _others(kind: str, others: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"the {kind} record {name} is none of the two sides' and has weight {n}" for name, n in others.items())


def _record(config: Route53Config, side: Side, kind: str, weight: int) -> Record:
    answer = config.answers[side]
    record: dict[str, Any] = {"Name": config.name, "Type": kind, "SetIdentifier": answer.identifier, "Weight": weight}
    if answer.alias:
        record["AliasTarget"] = {
            "HostedZoneId": answer.alias.zone_id,
            "DNSName": answer.alias.dns_name,
            "EvaluateTargetHealth": answer.alias.evaluates_health,
        }
    else:
        record["TTL"] = config.ttl_s
        record["ResourceRecords"] = [{"Value": value} for value in answer.values[kind]]
    if answer.health_check:
        record["HealthCheckId"] = answer.health_check
    return record


def _key(record: Record) -> tuple[str, str]:
    return record["Type"], record.get("SetIdentifier", "")


def _normal(record: Record) -> Mapping[str, Any]:
    """Route 53 writes names with a dot at the end and in small letters, and a star as \\052."""
    normal = {**record, "Name": name_of(record["Name"])}
    if not normal.get("ResourceRecords"):
        normal.pop("ResourceRecords", None)
    if "AliasTarget" in normal:
        normal["AliasTarget"] = {**normal["AliasTarget"], "DNSName": name_of(normal["AliasTarget"]["DNSName"])}
    return normal


def name_of(text: str) -> str:
    """Will give a DNS name as people write it."""
    return text.rstrip(".").lower().replace("\\052", "*")
