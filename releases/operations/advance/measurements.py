"""Takes the numbers of a step, keeps them, and judges green by them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from releases.measures import registry
from releases.measures.base import Measure, MeasureError, Numbers, Slot
from releases.models import Measurement, Rollout, SlotReading
from releases.rules import verdict
from releases.rules.states import State
from releases.rules.verdict import Judgement, Reading, Sample
from releases.selectors import standing as standings

MEASURED_STATES = frozenset({State.SHIFTING, State.BAKING})
# A step may hold for days: the longer it has lasted, the further apart the readings that are kept of it are. What is
# read between them is judged all the same, for an alarm must not wait for its turn.
MOST_READINGS = 300


def take(rollout: Rollout, *, now: datetime) -> Judgement | None:
    """Will read both slots' totals and judge the step by them; None outside the states that are measured.

    Several advances may follow each other within a moment: until the source has something new, the judgement stands.
    A source that can't be read adds nothing: the judgement is what the readings so far allow.
    """
    if State(rollout.state) not in MEASURED_STATES or rollout.environment.measure == registry.NONE:
        return None
    measure = _measure(rollout)
    judged = rollout.measurements.filter(step_index=rollout.step_index).order_by("-measured_at").first()
    if measure is not None and judged is not None and now - judged.measured_at < timedelta(seconds=measure.every_s):
        return standings.stored_judgement(rollout)
    numbers = _read(measure, now=now)
    if _is_kept(rollout, now=now):
        _store(rollout, numbers)
        fresh: dict[Slot, Reading] = {}
    else:
        fresh = dict(numbers.readings)
    judgement = verdict.judge(
        blue=_sample(rollout, Slot.BLUE, fresh),
        green=_sample(rollout, Slot.GREEN, fresh),
        policy=rollout.environment.policy,
        alarms=numbers.alarms,
    )
    _keep(rollout, judgement, now=now)
    return judgement


def _measure(rollout: Rollout) -> Measure | None:
    environment = rollout.environment
    try:
        return registry.measure_for(
            environment.measure, environment.slug, environment.target_config, target=environment.target
        )
    except MeasureError:
        return None


def _read(measure: Measure | None, *, now: datetime) -> Numbers:
    if measure is None:
        return Numbers()
    try:
        return measure.read(now=now)
    except MeasureError:
        return Numbers()


def _is_kept(rollout: Rollout, *, now: datetime) -> bool:
    newest = rollout.readings.filter(step_index=rollout.step_index).order_by("-id").first()
    lasted = now - (rollout.step_since or now)
    return newest is None or now - newest.at >= lasted / MOST_READINGS


def _store(rollout: Rollout, numbers: Numbers) -> None:
    SlotReading.objects.bulk_create(
        SlotReading(
            rollout=rollout,
            step_index=rollout.step_index,
            slot=slot.value,
            at=reading.at,
            requests=reading.requests,
            errors=reading.errors,
            response_ms=reading.response_ms,
        )
        for slot, reading in numbers.readings.items()
    )


def _sample(rollout: Rollout, slot: Slot, fresh: Mapping[Slot, Reading]) -> Sample:
    rows = rollout.readings.filter(step_index=rollout.step_index, slot=slot.value).order_by("id")
    kept = [Reading(*row) for row in rows.values_list("at", "requests", "errors", "response_ms")]
    return verdict.increase([*kept, fresh[slot]] if slot in fresh else kept)


def _keep(rollout: Rollout, judgement: Judgement, *, now: datetime) -> None:
    rows = [
        Measurement(
            rollout=rollout,
            step_index=rollout.step_index,
            measure=check.measure,
            unit=check.unit,
            blue=check.blue,
            green=check.green,
            verdict=check.verdict,
            sentence=check.sentence,
            measured_at=now,
        )
        for check in judgement.checks
    ]
    with transaction.atomic():
        Measurement.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["rollout", "step_index", "measure"],
            update_fields=["unit", "blue", "green", "verdict", "sentence", "measured_at"],
        )
