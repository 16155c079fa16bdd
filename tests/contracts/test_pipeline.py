"""The eight promises of a pipeline (releases/pipelines/base.py), for every adapter."""

import pytest

from releases.pipelines.base import PipelineError, TakenError
from releases.rules.pipelines import gates, standings
from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.people import name_of
from releases.rules.pipelines.standings import Kind
from tests.contracts.codepipeline import CodePipelineRig
from tests.contracts.pipelines import GATE, GRACE, MemoryRig

EXPORTED = {"RELEASE_VERSION": "1.0.0", "IMAGE_DIGEST": f"sha256:{'b' * 64}"}


@pytest.fixture(params=["memory", "codepipeline"])
def rig(request, tmp_path):
    if request.param == "memory":
        return MemoryRig()
    return CodePipelineRig(request.getfixturevalue("account"), tmp_path / "source")


def to_gate(rig):
    commit = rig.push()
    rig.finish_build(EXPORTED)
    return commit


def standing(rig, number=0):
    look = rig.pipeline.look()
    return standings.of(look.executions[number], look)


def waiting(rig):
    [gate] = [one for one in rig.pipeline.look().gates if one.is_waiting]
    return gate


def test_before_anything_there_is_nothing(rig):
    look = rig.pipeline.look()
    assert (look.executions, look.actions, look.gates) == ((), (), ())
    assert list(rig.pipeline.builds(())) == []


def test_an_execution_with_its_commit_and_its_build(rig):
    commit = rig.push()
    [execution] = rig.pipeline.look().executions
    assert execution.commit == commit
    [build] = rig.pipeline.builds(())
    assert not build.has_ended
    [action] = [one for one in rig.pipeline.look().actions if one.is_build]
    assert (action.work, action.execution_id) == (build.id, execution.id)
    assert standing(rig).kind is Kind.RUNNING


def test_a_build_says_what_it_exports(rig):
    commit = to_gate(rig)
    [build] = rig.pipeline.builds(())
    assert build.has_succeeded
    assert build.exported == EXPORTED
    assert build.commit == commit
    assert build.log_url.startswith("https://")


def test_only_exports_by_known_names_come_along(rig):
    rig.push()
    rig.finish_build({**EXPORTED, "PASSWORD": "hunter2"})
    assert "hunter2" not in repr(rig.pipeline.builds(()))
    assert "hunter2" not in repr(rig.pipeline.look())


def test_known_builds_are_left_out_and_the_rest_come_oldest_first(rig):
    commit = to_gate(rig)
    [first] = rig.pipeline.builds(())
    other = to_gate(rig)
    assert [one.commit for one in rig.pipeline.builds(())] == [commit, other]
    assert [one.commit for one in rig.pipeline.builds({first.id})] == [other]


def test_a_failed_build_fails_its_execution(rig):
    rig.push()
    rig.finish_build({}, is_good=False)
    [build] = rig.pipeline.builds(())
    assert build.has_ended
    assert not build.has_succeeded
    assert standing(rig).kind is Kind.FAILED
    assert standing(rig).stage == "Build"


def test_the_newest_comes_first(rig):
    commit, other = to_gate(rig), to_gate(rig)
    assert [one.commit for one in rig.pipeline.look().executions] == [other, commit]


def test_a_gate_waits_with_its_token(rig):
    to_gate(rig)
    gate = waiting(rig)
    assert (gate.stage, gate.action) == GATE
    assert gate.token
    assert gate.execution_id == rig.pipeline.look().executions[0].id
    assert (standing(rig).kind, standing(rig).stage, standing(rig).action) == (Kind.WAITING, *GATE)


@pytest.mark.parametrize("decision", Decision)
def test_an_answer_decides(rig, decision):
    to_gate(rig)
    gate = waiting(rig)
    rig.pipeline.answer(gate, decision, "By ada in Verdigris")
    rig.settle()
    decided = next(one for one in rig.pipeline.look().gates if one.id == gate.id)
    assert gates.decided(decided) is decision
    assert decided.token == ""
    assert decided.summary == "By ada in Verdigris"
    expected = Kind.SUCCEEDED if decision is Decision.APPROVED else Kind.FAILED
    assert standing(rig).kind is expected


def test_a_second_answer_is_refused_and_changes_nothing(rig):
    to_gate(rig)
    gate = waiting(rig)
    rig.pipeline.answer(gate, Decision.APPROVED, "first")
    rig.settle()
    with pytest.raises(TakenError):
        rig.pipeline.answer(gate, Decision.REJECTED, "second")
    decided = next(one for one in rig.pipeline.look().gates if one.id == gate.id)
    assert gates.decided(decided) is Decision.APPROVED


def test_who_decided_in_the_console_is_named(rig):
    to_gate(rig)
    gate = waiting(rig)
    rig.decide(Decision.REJECTED, "Too slow")
    decided = next(one for one in rig.pipeline.look().gates if one.id == gate.id)
    assert gates.decided(decided) is Decision.REJECTED
    assert name_of(decided.by) == GRACE
    assert decided.summary == "Too slow"
    with pytest.raises(TakenError):
        rig.pipeline.answer(gate, Decision.APPROVED, "late")


def test_an_earlier_askings_token_answers_nothing(rig):
    to_gate(rig)
    earlier = waiting(rig)
    rig.pipeline.answer(earlier, Decision.APPROVED, "first")
    rig.settle()
    to_gate(rig)
    later = waiting(rig)
    assert (later.id, later.token) != (earlier.id, earlier.token)
    with pytest.raises(TakenError):
        rig.pipeline.answer(earlier, Decision.REJECTED, "late")
    assert waiting(rig).id == later.id


def test_a_stop_says_why(rig):
    rig.push()
    rig.stop("Wrong branch")
    assert standing(rig).kind is Kind.STOPPED
    assert "Wrong branch" in standing(rig).sentence


def test_a_closed_way_pauses(rig):
    rig.close_gate_stage("Freeze")
    to_gate(rig)
    paused = standing(rig)
    assert (paused.kind, paused.stage) == (Kind.PAUSED, GATE[0])
    assert "Freeze" in paused.sentence
    assert not any(one.is_waiting for one in rig.pipeline.look().gates)


def test_whatever_fails_is_told_and_changes_nothing(rig):
    to_gate(rig)
    gate = waiting(rig)
    rig.break_down()
    for call in (rig.pipeline.look, lambda: rig.pipeline.answer(gate, Decision.APPROVED, "lost")):
        with pytest.raises(PipelineError) as raised:
            call()
        assert not raised.value.permanent
        assert "AKIA" not in str(raised.value)
    rig.mend()
    assert waiting(rig).id == gate.id
