"""TestDNSAnswer: what the name servers answer by now."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from moto.route53.models import RecordSet

from simulator.operations import Context
from simulator.services.route53 import health, zones
from simulator.services.route53.limits import answers
from simulator.world import WORLD

# Answers are spread as evenly as the weights allow rather than by chance, so that few of them show the weights.
GOLDEN = 0.6180339887498949
_ASKED: dict[tuple[str, str], int] = {}


@answers("TestDNSAnswer")
def _answer(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    zone = zones.zone_of(parameters["HostedZoneId"], context)
    name, kind = zones.clean(parameters["RecordName"]), parameters["RecordType"]
    data = _resolve(zone, name, kind)
    return {
        "Nameserver": zone.delegation_set.name_servers[0] if zone.delegation_set else "ns-1.example.net",
        "RecordName": name.rstrip("."),
        "RecordType": kind,
        "RecordData": data,
        "ResponseCode": "NOERROR" if data or _exists(zone, name) else "NXDOMAIN",
        "Protocol": "UDP",
    }


def choose(records: Sequence[RecordSet], turn: int) -> RecordSet:
    """Will pick a record set by health and weight, the same one for the same `turn`.

    Healthy ones of a weight above 0 come first, then healthy ones of weight 0; when none is healthy, all count as
    healthy (Route 53 developer guide, "How Amazon Route 53 chooses records when health checking is configured").
    """
    weighed = [(one, float(1 if one.weight is None else one.weight)) for one in records]
    healthy = [pair for pair in weighed if health.is_healthy(pair[0].health_check_id)] or weighed
    offered = [pair for pair in healthy if pair[1] > 0] or [(one, 1.0) for one, _ in healthy]
    point = (turn * GOLDEN) % 1.0 * sum(weight for _, weight in offered)
    for one, weight in offered:
        if point < weight:
            return one
        point -= weight
    return offered[-1][0]


def address_of(dns_name: str) -> str:
    """Will give the address to which another service's name, such as a load balancer's, resolves here."""
    return f"203.0.113.{hashlib.sha256(zones.clean(dns_name).encode()).digest()[0]}"


def _resolve(zone: Any, name: str, kind: str) -> list[str]:
    found = [one for key, one in zones.served(zone).items() if key[:2] == (name, kind)]
    if not found:
        return []
    turn = _ASKED[name, kind] = _ASKED.get((name, kind), -1) + 1
    chosen = choose(found, turn)
    if chosen.alias_target is None:
        return zones.values_of(chosen)
    target = zones.clean(chosen.alias_target["DNSName"])
    return _resolve(zone, target, kind) if _exists(zone, target) else [address_of(target)]


def _exists(zone: Any, name: str) -> bool:
    return any(key[0] == name for key in zones.served(zone))


@WORLD.on_reset
def _forget() -> None:
    _ASKED.clear()
