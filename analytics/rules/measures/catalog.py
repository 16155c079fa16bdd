"""Every measure there is, by name, and how to get from one to its variants."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from analytics.rules.measures import columns, reproduction
from analytics.rules.measures.measure import Interval, Measure, Relative
from analytics.rules.measures.profiles import PROFILES


def _completed(measure: Measure) -> Measure:
    inputs: frozenset[str] = frozenset().union(*(columns.given(measure.name, each) for each in PROFILES.values()))
    is_given = inputs == {measure.name}
    return replace(measure, inputs=tuple(sorted(inputs)), made="given" if is_given else "computed")


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {measure.name: _completed(measure) for topic in columns.TOPICS for measure in topic.measures()}
    | {measure.name: measure for measure in reproduction.MEASURES}
)


class NoSuchMeasureError(KeyError):
    """The measure isn't there; its sentence says what is."""

    def __str__(self) -> str:
        return str(self.args[0])


def measure(name: str) -> Measure:
    """Will give the measure of this name. Raises NoSuchMeasureError."""
    if name not in MEASURES:
        raise NoSuchMeasureError(f"There is no measure {name!r}. {len(MEASURES)} others are there. Choose one of them.")
    return MEASURES[name]


def variant(base: str, *, interval: Interval, relative: Relative) -> Measure:
    """Will give the same quantity at another interval or relative to people: new_cases, 7-day, per million.

    `base` is any member of the family. Raises NoSuchMeasureError with what the family has instead.
    """
    family = measure(base).family
    members = [each for each in MEASURES.values() if family and each.family == family]
    for each in members:
        if (each.interval, each.relative) == (interval, relative):
            return each
    has = "; ".join(f"{each.interval}, {each.relative or 'absolute'}" for each in members) or "no variants"
    asked = f"{interval}, {relative or 'absolute'}"
    raise NoSuchMeasureError(f"{base} isn't there as {asked}. It has {has}. Choose one of these.")
