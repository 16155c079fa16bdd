"""Where an execution stands, by what CodePipeline says of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from releases.rules.pipelines.seen import Action, Execution, Look, Stage
from releases.rules.pipelines.standings import ENDS, LONGEST_NOTE, Kind, of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXECUTION = Execution("e1", "InProgress", started_at=AT, updated_at=AT)
BUILD = Action("a1", "e1", "Build", "Build", "InProgress", is_build=True, at=AT, updated_at=AT, link="https://build")
GATE = Action("a2", "e1", "Deploy", "Approve", "InProgress", is_gate=True, at=AT, updated_at=AT + timedelta(minutes=5))


def stand(*actions, execution=EXECUTION, stages=()):
    return of(execution, Look((execution,), tuple(stages), tuple(actions)))


def test_it_has_just_begun():
    assert stand().kind is Kind.RUNNING
    assert stand().sentence == "It has begun."


def test_it_runs_an_action():
    standing = stand(BUILD)
    assert (standing.kind, standing.stage, standing.action, standing.since) == (Kind.RUNNING, "Build", "Build", AT)
    assert standing.link == "https://build"
    assert standing.sentence == "It runs Build in Build."


def test_it_waits_for_a_person():
    standing = stand(GATE, replace(BUILD, status="Succeeded"))
    assert standing.kind is Kind.WAITING
    assert standing.sentence == "It waits in Deploy for Approve: a person's yes or no."


def test_others_executions_are_not_its_own():
    assert stand(replace(GATE, execution_id="e2"), BUILD).kind is Kind.RUNNING


def test_a_closed_way_pauses_what_waits_before_it():
    arn = "arn:aws:sts::111122223333:assumed-role/Ops/grace"
    closed = Stage("Deploy", is_open=False, waiting_ids=("e1",), closed_by=arn, closed_at=AT, closed_reason="Freeze.")
    standing = stand(replace(BUILD, status="Succeeded"), stages=[closed])
    assert (standing.kind, standing.stage, standing.since) == (Kind.PAUSED, "Deploy", AT)
    assert standing.sentence == "It is paused before Deploy: the way into it is closed. By grace. Freeze."
    assert stand(BUILD, stages=[replace(closed, waiting_ids=("e2",))]).kind is Kind.RUNNING
    assert stand(BUILD, stages=[replace(closed, is_open=True)]).kind is Kind.RUNNING


@pytest.mark.parametrize(("status", "kind"), ENDS.items())
def test_its_ends(status, kind):
    ended = replace(EXECUTION, status=status, note="Because.")
    assert stand(replace(BUILD, status="Succeeded"), execution=ended).kind is kind
    assert stand(execution=ended).kind is kind


def test_a_failure_says_where_and_why():
    failed = replace(BUILD, status="Failed", summary="exit status 1")
    beside = replace(BUILD, id="a9", name="Lint", status="Succeeded", updated_at=AT + timedelta(seconds=9))
    standing = stand(beside, failed, execution=replace(EXECUTION, status="Failed"))
    assert standing.sentence == "It failed in Build, at Build. exit status 1."


def test_a_retry_is_counted():
    again = replace(BUILD, id="a3", updated_at=AT + timedelta(minutes=1))
    standing = stand(again, replace(BUILD, status="Failed"))
    assert standing.tries == 2
    assert standing.sentence.startswith("It runs Build in Build. It is tried for the second time.")


def test_a_stop_and_what_came_after_are_told():
    stopped = replace(EXECUTION, status="Stopped", note="Wrong branch")
    assert (
        stand(replace(BUILD, status="Abandoned"), execution=stopped).sentence
        == "It was stopped in Build. Wrong branch."
    )
    newer = replace(EXECUTION, status="Superseded")
    told = stand(replace(GATE, status="Abandoned"), execution=newer).sentence
    assert told == "A newer execution took its place before Deploy was done."


def test_a_long_note_is_cut():
    failed = replace(BUILD, status="Failed", summary="x" * 5_000)
    assert len(stand(failed, execution=replace(EXECUTION, status="Failed")).note) == LONGEST_NOTE + 1
