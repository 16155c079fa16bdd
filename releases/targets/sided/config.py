"""What a two-sided environment is made of: what moves the visitors, and what stands at each side. Typed, read once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from releases.targets.cloud.fields import OF_ALL, ConfigError, truth, whole
from releases.targets.sided.note import Side

TYPES = ("A", "AAAA", "CNAME")
# An alias of a load balancer is answered with 60 s, and can't be given another time (Route 53 Developer Guide,
# "Values specific for weighted alias records").
ALIAS_TTL_S = 60
LONGEST_TTL_S = 3600
_NAME = re.compile(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")


@dataclass(frozen=True)
class At:
    """A side: how people know it, how its health is found, what previews it, and what brings releases to it.

    `place` is empty where others deploy; else the kind and configuration of the target inside.
    """

    name: str
    preview_url: str = ""
    health_check: str = ""
    target_group: str = ""
    place: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Alias:
    """Where an alias record leads: the hosted zone of what it names, and its DNS name."""

    zone_id: str
    dns_name: str
    evaluates_health: bool = True


@dataclass(frozen=True)
class Answer:
    """What Route 53 answers for a side: an alias, or plain values by record type. `health_check` takes it out."""

    identifier: str
    alias: Alias | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    health_check: str = ""


@dataclass(frozen=True)
class Route53Config:
    """One DNS name with two weighted answers."""

    zone_id: str
    name: str
    types: tuple[str, ...]
    ttl_s: int
    is_protected: bool
    answers: Mapping[Side, Answer]

    @property
    def memory_s(self) -> int:
        """How long visitors' resolvers keep an answer."""
        has_alias = any(answer.alias for answer in self.answers.values())
        return max(self.ttl_s, ALIAS_TTL_S) if has_alias else self.ttl_s


@dataclass(frozen=True)
class ListenerConfig:
    """A listener or a rule of a load balancer, and the target group of each side.

    `stickiness_s` keeps a visitor at a side for that long; 0 keeps nobody.
    """

    arn: str
    target_groups: Mapping[Side, str]
    stickiness_s: int = 0

    @property
    def is_rule(self) -> bool:
        return ":listener-rule/" in self.arn


def read_sides(name: str, value: Mapping[str, Any]) -> Mapping[Side, At]:
    """Will read what stands at both sides of the environment `name`. Raises ConfigError."""
    return {side: _side(name, side, raw) for side, raw in _both(value).items()}


def read_route53(value: Mapping[str, Any]) -> Route53Config:
    """Will read what a Route 53 environment moves. Raises ConfigError, with a sentence, for the first mistake."""
    _refuse_unknown(value, {"zone_id", "name", "types", "ttl_s", "is_protected", "sides"}, "A route53 target")
    types = tuple(value.get("types", ["A"]))
    if not types or not set(types) <= set(TYPES) or ("CNAME" in types and len(types) > 1):
        raise ConfigError(f"types are A, AAAA or both, or CNAME alone; not {', '.join(map(str, types)) or 'none'}.")
    name = _text(value, "name").rstrip(".").lower()
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no DNS name.")
    return Route53Config(
        zone_id=_text(value, "zone_id").rpartition("/")[2],
        name=name,
        types=types,
        ttl_s=whole(value, "ttl_s", 60, least=0, most=LONGEST_TTL_S),
        is_protected=truth(value, "is_protected", default=False),
        answers=_apart({side: _answer(side, raw, types) for side, raw in _both(value).items()}),
    )


def read_listener(value: Mapping[str, Any]) -> ListenerConfig:
    """Will read what a load balancer's environment moves.

    Raises ConfigError, with a sentence, for the first mistake.
    """
    _refuse_unknown(value, {"arn", "stickiness_s", "sides"}, "A listener target")
    arn = _text(value, "arn")
    if ":listener/" not in arn and ":listener-rule/" not in arn:
        raise ConfigError(f"arn is a listener's or a listener rule's, not {arn}.")
    groups = {side: _text(raw, "target_group") for side, raw in _both(value).items()}
    if groups[Side.A] == groups[Side.B]:
        raise ConfigError("Each side has a target group of its own.")
    return ListenerConfig(arn, groups, whole(value, "stickiness_s", 0, least=0, most=7 * 24 * 3600))


def read_function(value: Mapping[str, Any]) -> str:
    """Will read the ARN of the function that swaps the sides. Raises ConfigError."""
    _refuse_unknown(value, {"function", "sides"}, "A lambda_swap target")
    arn = _text(value, "function")
    if not re.fullmatch(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+", arn):
        raise ConfigError(f"function is a function's ARN without a version, not {arn}.")
    return arn


def _both(value: Mapping[str, Any]) -> Mapping[Side, Mapping[str, Any]]:
    sides = value.get("sides")
    if (
        not isinstance(sides, Mapping)
        or set(sides) != set(Side)
        or not all(isinstance(one, Mapping) for one in sides.values())
    ):
        raise ConfigError('sides is an object with "a" and "b", each an object.')
    return {side: sides[side] for side in Side}


def _apart(answers: Mapping[Side, Answer]) -> Mapping[Side, Answer]:
    if len({answer.identifier for answer in answers.values()}) < len(answers):
        raise ConfigError("Each side has an identifier of its own.")
    return answers


OF_A_SIDE = {"name", "preview_url", "health_check", "target_group", "place", "identifier", "alias", "values"}


def _side(name: str, side: Side, raw: Mapping[str, Any]) -> At:
    _refuse_unknown(raw, OF_A_SIDE, f"Side {side}")
    at = At(
        name=_text(raw, "name", f"side {side} of {name}"),
        preview_url=_text(raw, "preview_url", ""),
        health_check=_text(raw, "health_check", ""),
        target_group=_text(raw, "target_group", ""),
        place=_object(raw, "place"),
    )
    if at.place:
        if not isinstance(at.place.get("kind"), str):
            raise ConfigError(f"Side {side}: place is an object with the kind of a target and its configuration.")
    elif not at.health_check and not at.target_group:
        raise ConfigError(f"Side {side} needs a health_check or a target_group: nothing else tells how it does.")
    return at


def _answer(side: Side, raw: Mapping[str, Any], types: tuple[str, ...]) -> Answer:
    alias, values = _object(raw, "alias"), _object(raw, "values")
    if bool(alias) == bool(values):
        raise ConfigError(f"Side {side} has either an alias or values.")
    identifier, check = _text(raw, "identifier", str(side)), _text(raw, "health_check", "")
    if alias:
        health = truth(alias, "evaluates_health", default=True)
        leads_to = Alias(_text(alias, "zone_id"), _text(alias, "dns_name"), health)
        return Answer(identifier, alias=leads_to, health_check=check)
    if set(values) != set(types) or not all(isinstance(one, list) and one for one in values.values()):
        raise ConfigError(f"Side {side}: values has a list for each of {', '.join(types)}.")
    return Answer(identifier, values={one: tuple(map(str, values[one])) for one in types}, health_check=check)


def _refuse_unknown(value: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(value) - known - set(OF_ALL))
    if unknown:
        raise ConfigError(f"{what} knows no {', '.join(unknown)}; it knows {', '.join(sorted(known))}.")


def _text(value: Mapping[str, Any], key: str, default: str | None = None) -> str:
    given = value.get(key, default)
    if not isinstance(given, str) or (default is None and not given):
        raise ConfigError(f"{key} is a text.")
    return given


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    given = value.get(key) or {}
    if not isinstance(given, Mapping):
        raise ConfigError(f"{key} is an object of names and values.")
    return given
