"""One decision, never two: between the portal's approval and the gate of the pipeline, whoever is first."""

from dataclasses import replace

import pytest

from portal.accounts import actors
from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.models import Approval, GateDecision
from releases.operations import approvals, environments
from releases.operations.pipelines import looking
from releases.pipelines import memory
from releases.rules import policy as policies
from releases.rules.pipelines.gates import Decision
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories

Outcome = GateDecision.Outcome
CONSOLE = "arn:aws:sts::111122223333:assumed-role/Approvers/"


def approve(shop, username: str = "grace"):
    person = factories.user(Role.APPROVER, username=username)
    approvals.approve(
        rollout_id=shop.rollout.pk, by=actors.from_user(person), now=shop.clock.now(), comment="Looks good"
    )
    return person


def reject(shop, username: str = "grace"):
    person = factories.user(Role.APPROVER, username=username)
    approvals.reject(rollout_id=shop.rollout.pk, by=actors.from_user(person), now=shop.clock.now(), comment="Slow")


def demand(shop, **wanted):
    shop.environment.policy_json = policies.to_json(replace(Policy(), **wanted))
    shop.environment.save()


def decision() -> GateDecision:
    return GateDecision.objects.get()


class TestFromHere:
    def test_an_approval_answers_the_gate(self, shop):
        shop.to_gate()
        shop.look()
        assert shop.pipeline.answers == []
        approve(shop)
        assert looking.due(now=shop.clock.now()) == [shop.link.pk]
        shop.look()
        [(said, summary)] = shop.pipeline.answers
        assert said is Decision.APPROVED
        assert "grace" in summary
        assert f"/rollouts/{shop.rollout.pk}/" in summary
        assert "Looks good" in summary
        assert decision().outcome == Outcome.DONE
        shop.look()
        assert len(shop.pipeline.answers) == 1
        assert Approval.objects.count() == 1

    def test_a_rejection_answers_the_gate(self, shop):
        shop.to_gate()
        reject(shop)
        shop.look()
        assert [said for said, _ in shop.pipeline.answers] == [Decision.REJECTED]
        assert shop.settle().state == State.REJECTED
        assert shop.pipeline.look().executions[0].status == "Failed"

    def test_a_rejection_is_passed_on_after_the_rollout_has_ended_too(self, shop):
        shop.to_gate()
        reject(shop)
        shop.settle()
        shop.look()
        assert [said for said, _ in shop.pipeline.answers] == [Decision.REJECTED]

    def test_the_gate_waits_for_as_many_as_the_policy_wants(self, shop):
        shop.to_gate()
        demand(shop, approvals_needed=2)
        approve(shop)
        shop.look()
        assert shop.pipeline.answers == []
        approve(shop, "linus")
        shop.look()
        [(_, summary)] = shop.pipeline.answers
        assert "linus" in summary
        assert "grace" in summary

    def test_a_policy_that_wants_nobody_leaves_the_gate_to_a_person(self, shop):
        shop.to_gate()
        demand(shop, approvals_needed=0)
        shop.look()
        assert shop.pipeline.answers == []
        assert looking.due(now=shop.clock.now()) == []

    def test_a_void_approval_answers_nothing(self, shop):
        shop.to_gate()
        approve(shop)
        operator = factories.actor(Role.OPERATOR)
        plan = {"steps": [{"weight": 100}], "bake_s": 0}
        environments.configure(environment_id=shop.environment.pk, by=operator, now=shop.clock.now(), plan=plan)
        shop.look()
        assert shop.pipeline.answers == []

    def test_a_long_story_is_cut(self, shop):
        shop.to_gate()
        person = factories.user(Role.APPROVER, username="grace")
        approvals.approve(
            rollout_id=shop.rollout.pk, by=actors.from_user(person), now=shop.clock.now(), comment="ü" * 2_000
        )
        shop.look()
        [(_, summary)] = shop.pipeline.answers
        assert len(summary) == 512

    def test_a_lost_answer_is_found_and_not_said_twice(self, shop):
        shop.to_gate()
        approve(shop)
        shop.pipeline.loses_answers = True
        shop.look()
        assert decision().settled_at is None
        shop.link.refresh_from_db()
        assert "lost" in shop.link.trouble
        shop.pipeline.loses_answers = False
        shop.clock.turn(looking.AFTER_TROUBLE.total_seconds())
        shop.look()
        assert decision().outcome == Outcome.DONE
        assert len(shop.pipeline.answers) == 1
        assert Approval.objects.count() == 1

    def test_an_answer_that_never_arrived_is_said_again(self, shop):
        shop.to_gate()
        shop.look()
        approve(shop)
        real = shop.pipeline.answer
        shop.pipeline.answer = lambda *_: (_ for _ in ()).throw(memory.PipelineError("x", "away", permanent=False))
        shop.look()
        assert decision().settled_at is None
        shop.pipeline.answer = real
        shop.look()
        assert decision().outcome == Outcome.DONE

    def test_a_newer_execution_gets_no_older_approval(self, shop):
        first = shop.to_gate(1)
        approve(shop)
        shop.start(2)
        shop.finish(2)
        shop.pipeline.end(first, "Superseded", at=shop.clock.now())
        shop.look()
        assert shop.pipeline.answers == []
        shop.settle()
        shop.look()
        assert shop.pipeline.answers == []
        assert shop.rollout.release.version == "1.2.0"

    def test_a_gate_that_asks_again_after_a_retry_is_answered_again(self, shop):
        execution = shop.to_gate()
        approve(shop)
        shop.look()
        shop.pipeline.ask(execution, at=shop.clock.now())
        shop.look()
        assert [said for said, _ in shop.pipeline.answers] == [Decision.APPROVED] * 2
        assert GateDecision.objects.count() == 2
        assert Approval.objects.count() == 1


class TestFromTheConsole:
    def test_an_approval_becomes_one_here(self, shop):
        person = factories.user(Role.APPROVER, username="grace")
        shop.to_gate()
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}grace", summary="Seen it")
        shop.look()
        approval = Approval.objects.get()
        assert (approval.decided_by, approval.decision) == (person, "approved")
        assert "Seen it" in approval.comment
        assert decision().outcome == Outcome.DONE
        assert Event.objects.get(verb="approve").actor == "grace (AWS console)"
        shop.look()
        assert shop.pipeline.answers == []
        assert Approval.objects.count() == 1

    def test_an_address_is_a_person_too(self, shop):
        person = factories.user(Role.APPROVER)
        person.email = "grace@example.org"
        person.save()
        shop.to_gate()
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}Grace@example.org")
        shop.look()
        assert Approval.objects.get().decided_by == person

    def test_who_has_no_account_is_recorded_by_name_and_does_not_count(self, shop):
        shop.to_gate()
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}mallory")
        shop.look()
        assert Approval.objects.count() == 0
        assert decision().outcome == Outcome.NOT_COUNTED
        assert decision().decided_by == "mallory"
        assert Event.objects.filter(verb="settle_gate", sentence__contains="mallory").exists()

    def test_the_author_does_not_count_there_either(self, shop):
        author = factories.user(Role.APPROVER, username="ada")
        shop.to_gate()
        release = shop.release()
        release.author = author
        release.save()
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}ada")
        shop.look()
        assert Approval.objects.count() == 0
        assert "author" in decision().sentence

    def test_who_may_not_approve_here_does_not_count(self, shop):
        factories.user(Role.DEVELOPER, username="dev")
        shop.to_gate()
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}dev")
        shop.look()
        assert decision().outcome == Outcome.NOT_COUNTED

    def test_one_of_two_is_one_of_two(self, shop):
        demand(shop, approvals_needed=2)
        factories.user(Role.APPROVER, username="grace")
        shop.to_gate()
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}grace")
        shop.look()
        assert shop.settle().reason_code == "needs_approvals"

    @pytest.mark.parametrize("roles", [(Role.APPROVER,), (Role.DEVELOPER,), None])
    def test_a_rejection_always_counts(self, shop, roles):
        if roles:
            factories.user(*roles, username="grace")
        shop.to_gate()
        shop.pipeline.decide(Decision.REJECTED, by=f"{CONSOLE}grace", summary="No")
        shop.look()
        assert shop.settle().state == State.REJECTED
        assert decision().outcome == Outcome.DONE
        assert Event.objects.get(verb="reject", from_state="ready", to_state="").actor == "grace (AWS console)"

    def test_a_gate_that_ran_out_of_time_is_nobodys_decision(self, shop):
        shop.to_gate()
        shop.pipeline.decide(Decision.REJECTED, by="")
        shop.look()
        assert GateDecision.objects.count() == 0
        assert shop.settle().state == State.READY

    def test_a_decision_before_green_is_up_waits_for_it(self, shop):
        factories.user(Role.APPROVER, username="grace")
        shop.start()
        shop.finish()
        shop.look()
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}grace")
        shop.look()
        assert decision().settled_at is None
        shop.settle()
        shop.look()
        assert decision().outcome == Outcome.DONE
        assert Approval.objects.count() == 1

    def test_a_decision_on_what_never_came_is_moot_once_another_is_asked(self, shop):
        shop.link.gates.update()
        shop.start(1)
        shop.finish(1, exported={})
        shop.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}grace")
        shop.look()
        shop.start(2)
        shop.finish(2)
        shop.look()
        assert decision().outcome == Outcome.MOOT

    def test_too_late_says_so_and_leaves_the_traffic(self, shop):
        shop.to_gate()
        type(shop.rollout).objects.update(state=State.SHIFTING)
        shop.pipeline.decide(Decision.REJECTED, by=f"{CONSOLE}grace")
        shop.look()
        assert "Roll back if it should not" in decision().sentence
        assert shop.rollout.state == State.SHIFTING


class TestAtTheSameTime:
    """The look that answers is older than what somebody did at the gate."""

    @pytest.fixture
    def stale(self, shop):
        shop.to_gate()
        approve(shop)
        real = shop.pipeline.look
        old = real()
        looks = iter([old])
        shop.pipeline.look = lambda: next(looks, None) or real()
        return shop

    def test_somebody_said_the_same_first(self, stale):
        stale.pipeline.decide(Decision.APPROVED, by=f"{CONSOLE}linus")
        stale.look()
        assert stale.pipeline.answers == []
        assert decision().outcome == Outcome.TAKEN
        assert "linus was first" in decision().sentence
        assert Approval.objects.count() == 1

    def test_somebody_said_the_opposite_first(self, stale):
        stale.pipeline.decide(Decision.REJECTED, by=f"{CONSOLE}linus")
        stale.look()
        assert decision().decision == Decision.REJECTED
        assert decision().decided_by == "linus"
        assert stale.settle().state == State.REJECTED
        assert GateDecision.objects.count() == 1

    def test_it_was_superseded_meanwhile(self, stale):
        stale.pipeline.ask(stale.pipeline.executions[0].id, at=stale.clock.now())
        stale.look()
        assert GateDecision.objects.get().outcome == Outcome.MOOT

    def test_a_late_look_at_a_settled_gate_says_nothing(self, shop):
        shop.to_gate()
        approve(shop)
        old = shop.pipeline.look()
        shop.look()
        shop.pipeline.look = lambda: old
        asked = []
        shop.pipeline.answer = lambda *told: asked.append(told)
        shop.look()
        assert asked == []
        assert decision().outcome == Outcome.DONE
