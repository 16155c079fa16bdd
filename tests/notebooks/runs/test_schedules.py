"""What runs notebooks by itself: the clock, and a promotion."""

from datetime import timedelta

import pytest

from analytics.operations import serving
from notebooks.models import Run, Schedule
from notebooks.operations import schedules
from notebooks.rules.notebook import NotebookError
from portal.accounts import actors
from portal.accounts.models import Grant
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics import doses
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state_dir")]


@pytest.fixture
def how(ana):
    return {"name": "waves", "parameters": {"country": "FRA"}, "by": actors.from_user(ana), "now": NOW}


def test_every_so_many_hours_it_is_asked_for_once(how, ana):
    made = schedules.every(6, **how)
    assert schedules.start_due(now=NOW + timedelta(hours=5)) == []
    [run] = schedules.start_due(now=NOW + timedelta(hours=6))
    assert schedules.start_due(now=NOW + timedelta(hours=6)) == []
    assert (run.person, run.cause, run.schedule) == (ana, Run.Cause.SCHEDULE, made)
    assert (run.notebook, run.parameters) == ("waves", {"country": "FRA"})


def test_turns_that_were_missed_dont_pile_up(how):
    schedules.every(1, **how)
    assert len(schedules.start_due(now=NOW + timedelta(days=3))) == 1
    assert Schedule.objects.get().next_at == NOW + timedelta(days=3, hours=1)


def test_a_promotion_starts_it_and_so_does_a_rollback(how, state_dir, tmp_path):
    first, second = (doses.bring(state_dir, tmp_path, f"doses{factor}", factor=factor) for factor in (1, 2))
    serving.serve(state_dir, doses.DATASET, revision=first)
    schedules.with_each(doses.DATASET, **how)
    assert schedules.start_due(now=NOW) == []
    for revision in (second, first):
        serving.serve(state_dir, doses.DATASET, revision=revision)
        [run] = schedules.start_due(now=NOW)
        assert run.cause == Run.Cause.PROMOTION
        assert schedules.start_due(now=NOW) == []


def test_a_schedule_is_stopped_by_its_person_or_an_operator(how):
    made = schedules.every(1, **how)
    with pytest.raises(NotebookError, match="it stays"):
        schedules.stop(made, by=factories.actor(Role.ANALYST), now=NOW)
    schedules.stop(made, by=factories.actor(Role.OPERATOR), now=NOW)
    assert schedules.start_due(now=NOW + timedelta(days=1)) == []


def test_who_may_not_run_notebooks_any_more_has_no_schedule(how, ana):
    schedules.every(1, **how)
    Grant.objects.filter(user=ana).delete()
    assert schedules.start_due(now=NOW + timedelta(hours=1)) == []
    assert Schedule.objects.get().ended_by == "Verdigris"


@pytest.mark.parametrize("hours", [0, -1, 24 * 40])
def test_other_times_are_refused(how, hours):
    with pytest.raises(NotebookError, match="Nothing was set"):
        schedules.every(hours, **how)


def test_other_datasets_and_notebooks_are_refused(how):
    with pytest.raises(NotebookError, match="no dataset"):
        schedules.with_each("nothing", **how)
    with pytest.raises(NotebookError, match="no notebook"):
        schedules.every(1, **{**how, "name": "../settings"})
