"""Finds the measure of an environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from releases.measures import cloudwatch, memory
from releases.measures.base import Measure, MeasureError
from releases.measures.cloudwatch import CloudwatchMeasure
from releases.measures.haproxy import HAProxyMeasure
from releases.targets import registry as targets
from releases.targets.base import TargetError
from releases.targets.cloud.target_groups import Balanced

Config = Mapping[str, Any]
# What is checked before the promotion, and not by visitors' answers afterwards, has no measure.
NONE = "none"


@dataclass(frozen=True)
class Place:
    """The environment that is measured: its name, its target's kind, and the configuration that both read."""

    name: str
    target: str
    config: Config


def measure_for(kind: str, name: str, config: Config, *, target: str = "") -> Measure:
    """Will give the measure of the environment `name`, which is on a target of the kind `target`.

    Raises MeasureError for an unknown kind or a configuration that can't be used.
    """
    maker = MAKERS.get(kind)
    if maker is None:
        raise MeasureError(f"There is no measure {kind!r}; there are {', '.join(MAKERS)}.")
    try:
        return maker(Place(name, target, config))
    except TargetError as error:
        raise MeasureError(f"{error}.") from error


def _haproxy(place: Place) -> Measure:
    return HAProxyMeasure(targets.site_for(place.name, place.config), targets.runtime())


def _memory(place: Place) -> Measure:
    return memory.named(place.name)


def _cloudwatch(place: Place) -> Measure:
    clients = targets.clients_for(place.name, place.config)
    alarms = cloudwatch.alarm_names(place.config)
    return CloudwatchMeasure(clients, cloudwatch.known_groups(place.config) or _balanced(place), alarms)


def _balanced(place: Place) -> Balanced:
    target = targets.target_for(place.target, place.name, place.config)
    if not isinstance(target, Balanced):
        raise MeasureError(f"A {place.target} target knows no target groups: name them in `measure`.")
    return target


MAKERS: Mapping[str, Callable[[Place], Measure]] = MappingProxyType(
    {"haproxy": _haproxy, "cloudwatch": _cloudwatch, "memory": _memory}
)
