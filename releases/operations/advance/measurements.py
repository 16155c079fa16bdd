"""Takes the numbers of a step, keeps them, and judges green by them."""

from datetime import datetime, timedelta

from django.db import transaction

from releases.measures import registry
from releases.measures.base import MeasureError, Slot
from releases.models import Measurement, Rollout, SlotReading
from releases.rules import verdict
from releases.rules.states import State
from releases.rules.verdict import Judgement, Reading, Sample

MEASURED_STATES = frozenset({State.SHIFTING, State.BAKING})
# Several advances may follow each other within a moment, and a step may hold for days: the longer it has lasted,
# the further apart its readings are.
SOONEST = timedelta(seconds=0.9)
MOST_READINGS = 300


def take(rollout: Rollout, *, now: datetime) -> Judgement | None:
    """Will read both slots' totals and judge the step by them; None outside the states that are measured.

    A source that can't be read adds nothing: the judgement stays what the readings so far allow.
    """
    if State(rollout.state) not in MEASURED_STATES:
        return None
    newest = rollout.readings.filter(step_index=rollout.step_index).order_by("-id").first()
    lasted = now - (rollout.step_since or now)
    if newest is None or now - newest.at >= max(SOONEST, lasted / MOST_READINGS):
        _read(rollout, now=now)
    judgement = verdict.judge(
        blue=_sample(rollout, Slot.BLUE), green=_sample(rollout, Slot.GREEN), policy=rollout.environment.policy
    )
    _keep(rollout, judgement, now=now)
    return judgement


def _read(rollout: Rollout, *, now: datetime) -> None:
    environment = rollout.environment
    try:
        readings = registry.measure_for(environment.measure, environment.slug, environment.target_config).read(now=now)
    except MeasureError:
        return
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
        for slot, reading in readings.items()
    )


def _sample(rollout: Rollout, slot: Slot) -> Sample:
    rows = rollout.readings.filter(step_index=rollout.step_index, slot=slot.value).order_by("id")
    totals = rows.values_list("at", "requests", "errors", "response_ms")
    return verdict.increase([Reading(*row) for row in totals])


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
