"""Finds the measure of an environment."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from releases.measures import memory
from releases.measures.base import Measure, MeasureError
from releases.measures.haproxy import HAProxyMeasure
from releases.targets import registry as targets
from releases.targets.base import TargetError

Config = Mapping[str, Any]


def measure_for(kind: str, name: str, config: Config) -> Measure:
    """Will give the measure of the environment `name`.

    Raises MeasureError for an unknown kind or a configuration that can't be used.
    """
    maker = MAKERS.get(kind)
    if maker is None:
        raise MeasureError(f"There is no measure {kind!r}; there are {', '.join(MAKERS)}.")
    return maker(name, config)


def _haproxy(name: str, config: Config) -> Measure:
    try:
        return HAProxyMeasure(targets.site_for(name, config), targets.runtime())
    except TargetError as error:
        raise MeasureError(f"{error}.") from error


def _memory(name: str, config: Config) -> Measure:  # noqa: ARG001 - one signature
    return memory.named(name)


MAKERS: Mapping[str, Callable[[str, Config], Measure]] = MappingProxyType({"haproxy": _haproxy, "memory": _memory})
