"""An alarm that rings rolls back, whatever was counted and however long a step has lasted already."""

from datetime import timedelta

import pytest

from releases.measures import memory
from releases.measures.base import Slot
from releases.models import Environment, Measurement
from releases.rules.plan import Plan, Step, to_json
from releases.rules.reasons import Code
from releases.rules.states import State
from tests.releases.measures.test_cloudwatch import PLACE, add_alarm

LONG = Plan((Step(10, 7 * 24 * 3600), Step(100, 0, is_analysed=False)), bake_s=24 * 3600)


def set_up(place, **fields):
    Environment.objects.filter(pk=place.environment.pk).update(**fields)
    place.environment.refresh_from_db()


@pytest.mark.parametrize("state", [State.SHIFTING, State.BAKING])
def test_an_alarm_of_cloudwatch_rolls_back(place, account, state):
    add_alarm(account, "shop-5xx")
    set_up(place, measure="cloudwatch", target_config={**PLACE, "alarms": ["shop-5xx"]})
    place.to(state)
    place.clock.turn(1)
    assert place.settle().state == state
    account.client("cloudwatch").set_alarm_state(AlarmName="shop-5xx", StateValue="ALARM", StateReason="9 errors")
    place.clock.turn(16)  # CloudwatchMeasure.every_s
    rollout = place.settle()
    assert rollout.state == State.ROLLED_BACK
    assert (rollout.reason_code, rollout.reason_sentence) == (
        Code.ANALYSIS_FAILED,
        "The alarm shop-5xx rings: 9 errors.",
    )
    [row] = Measurement.objects.filter(rollout=rollout, measure="alarms")
    assert (row.verdict, row.sentence) == ("fail", "The alarm shop-5xx rings: 9 errors.")
    assert place.target.seen == 0


def test_an_alarm_does_not_wait_for_the_next_reading_that_is_kept(place):
    set_up(place, plan_json=to_json(LONG))
    place.to(State.SHIFTING)
    measure = memory.named(place.environment.slug)
    measure.add(Slot.GREEN, requests=10)
    for _ in range(10):
        place.clock.turn(12 * 3600)
        assert place.settle().state == State.SHIFTING
    kept = place.rollout.readings.count()
    place.clock.turn(2)
    place.settle()
    assert place.rollout.readings.count() == kept
    measure.alarms = ("The alarm shop-5xx rings: 9 errors.",)
    place.clock.turn(2)
    assert place.settle().state == State.ROLLED_BACK


def test_what_is_read_between_counts_too(place):
    set_up(place, plan_json=to_json(LONG))
    place.to(State.SHIFTING)
    measure = memory.named(place.environment.slug)
    measure.add(Slot.GREEN, requests=0)
    place.clock.turn(12 * 3600)
    place.settle()
    kept = place.rollout.readings.count()
    measure.add(Slot.GREEN, requests=100, errors=60)
    place.clock.turn(2)
    rollout = place.settle()
    assert rollout.state == State.ROLLED_BACK
    assert "60.0 % of 100" in rollout.reason_sentence
    assert rollout.readings.count() == kept


def test_a_judgement_stands_until_the_source_has_something_new(place):
    place.to(State.SHIFTING)
    place.clock.turn(2)
    place.settle()
    judged = set(Measurement.objects.values_list("measured_at", flat=True))
    memory.named(place.environment.slug).alarms = ("It rings.",)
    place.clock.at += timedelta(seconds=0.5)
    assert place.settle().state == State.SHIFTING
    assert set(Measurement.objects.values_list("measured_at", flat=True)) == judged
    place.clock.turn(0.5)
    assert place.settle().state == State.ROLLED_BACK
