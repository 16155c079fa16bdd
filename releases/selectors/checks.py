"""Green against blue: the newest outcome of each check, with a small curve of how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from releases.models import Measurement, Rollout, SlotReading
from releases.rules.verdict import Reading, Verdict, increase

WIDTH, HEIGHT = 120, 26
MOST_READINGS = 240
MOST_POINTS = 40
WORDS = MappingProxyType({Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.INCONCLUSIVE: "not known yet"})


@dataclass(frozen=True)
class Check:
    """One line of the table. The paths are SVG, empty where there is nothing to draw."""

    row: Measurement
    blue: str
    green: str
    blue_path: str = ""
    green_path: str = ""

    @property
    def word(self) -> str:
        return WORDS[Verdict(self.row.verdict)]


def of(rollout: Rollout) -> list[Check]:
    """Will give the checks of the step the rollout is in; three queries."""
    rows = list(Measurement.objects.filter(rollout=rollout, step_index=rollout.step_index))
    if not rows:
        return []
    slots = {slot: _readings(rollout, slot) for slot in ("blue", "green")}
    return [_check(row, slots["blue"], slots["green"]) for row in rows]


def _readings(rollout: Rollout, slot: str) -> list[Reading]:
    newest = SlotReading.objects.filter(rollout=rollout, step_index=rollout.step_index, slot=slot).order_by("-id")
    return [row.reading for row in reversed(newest[:MOST_READINGS])]


def _check(row: Measurement, blue: Sequence[Reading], green: Sequence[Reading]) -> Check:
    curves = [_values(row.measure, readings) for readings in (blue, green)]
    top = max((value for curve in curves for value in curve), default=0.0)
    blue_path, green_path = (path(curve, top=top) for curve in curves)
    return Check(row, shown(row.blue, row.unit), shown(row.green, row.unit), blue_path, green_path)


def shown(value: float | None, unit: str) -> str:
    """Will write a measured number; nothing measured is a dash."""
    if value is None:
        return "—"
    if unit == "%":
        return f"{value:.2f} %"
    return f"{value:,.0f} {unit}".rstrip()


def _values(measure: str, readings: Sequence[Reading]) -> list[float]:
    every = max(1, -(-len(readings) // MOST_POINTS))
    thinned = list(readings[::every])
    if measure == "response time":
        return [reading.response_ms for reading in thinned if reading.response_ms is not None]
    if measure not in {"errors", "requests"}:
        return []  # an alarm has no curve
    samples = [increase(pair) for pair in pairwise(thinned)]
    if measure == "errors":
        return [sample.error_percent or 0.0 for sample in samples]
    return [float(sample.requests) for sample in samples]


def path(values: Sequence[float], *, top: float) -> str:
    """Will draw values from 0 to `top` as an SVG path; with fewer than two there is no curve."""
    if len(values) < 2:
        return ""
    scale = (HEIGHT - 4) / top if top else 0.0
    across = WIDTH / (len(values) - 1)
    points = (f"{index * across:.1f} {HEIGHT - 2 - value * scale:.1f}" for index, value in enumerate(values))
    return f"M{' L'.join(points)}"
