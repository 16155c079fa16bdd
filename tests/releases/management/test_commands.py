"""The same verbs at the terminal: what they print, and the code they end with."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from portal import clock
from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.management.commands.terminal import view, watching
from releases.models import Environment, Release, Rollout
from releases.operations import advance
from releases.rules import plan as plans
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories

pytestmark = pytest.mark.django_db
COMMIT = "a" * 40
BY_ITSELF = Policy(opens_by_itself=False, approvals_needed=0, promotes_by_itself=True)


@pytest.fixture
def place() -> Environment:
    service = factories.service(slug="shop", name="Shop")
    return factories.environment(plan=plans.all_at_once(), policy=BY_ITSELF, service=service)


@pytest.fixture(autouse=True)
def _people(db: None) -> None:
    factories.user(Role.DEVELOPER, username="ada")
    factories.user(Role.APPROVER, username="grace")
    factories.user(Role.OPERATOR, username="linus")


def say(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as raised:
        say(*words)
    return raised.value.returncode, str(raised.value)


def test_a_release_is_opened_driven_and_rolled_back(
    place: Environment, django_capture_on_commit_callbacks: Any
) -> None:
    for version in ("1.0.0", "1.1.0"):
        factories.release(place.service, version)
        told = say("rollout", "open", "shop/production", version, "--as", "ada", "--drive")
        assert told.splitlines()[0].startswith("Rollout ")
        assert "succeeded" in told.splitlines()[-1]
    with django_capture_on_commit_callbacks(execute=True):
        told = say("environment", "rollback", "shop/production", "--as", "ada", "--note", "wrong colours")
    assert "takes the traffic back" in told
    shown = say("environment", "show", "shop/production")
    assert "Shop · production: 1.0.0 serves 100 %." in shown
    assert "is locked since" in shown
    assert Event.objects.filter(verb="open", actor="ada (terminal)").count() == 3


def test_a_release_is_recorded_once(place: Environment) -> None:
    words = ("release", "record", "shop", "1.0.0", "--commit", COMMIT, "--variable", "COLOUR=a=b", "--as", "ada")
    assert "is recorded with digest sha256:" in say(*words)
    assert "was recorded already" in say(*words)
    assert Release.objects.get().configuration == {"COLOUR": "a=b"}
    code, told = refused("release", "record", "shop", "1.0.0", "--commit", "b" * 40, "--as", "ada")
    assert code == 1
    assert told.endswith("Nothing was changed.")
    assert "1.0.0" in say("release", "list", "--service", "shop")
    assert COMMIT in say("release", "show", "shop", "1.0.0")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("release", "record", "moon", "1.0.0", "--commit", COMMIT, "--as", "ada"), 2, "There is no service 'moon'."),
        (("release", "record", "shop", "1 0", "--commit", COMMIT, "--as", "ada"), 2, "is no version"),
        (("release", "record", "shop", "1.0", "--variable", "COLOUR", "--as", "ada"), 2, "sets nothing"),
        (("release", "record", "shop", "1.0", "--changelog", "@/nowhere", "--as", "ada"), 2, "can't be read"),
        (("release", "record", "shop", "1.0", "--commit", COMMIT, "--as", "grace"), 1, "It needs one of: developer."),
        (("release", "record", "shop", "1.0", "--commit", COMMIT, "--as", "nobody"), 2, "no active user 'nobody'"),
        (("rollout", "open", "shop/moon", "1.0", "--as", "ada"), 2, "There is no environment shop/moon."),
        (("rollout", "open", "shop/production", "9.9", "--as", "ada"), 2, "has no release '9.9'"),
        (("rollout", "promote", "999", "--as", "grace"), 2, "There is no rollout 999."),
        (("rollout", "show", "999"), 2, "There is no rollout 999."),
        (("environment", "lock", "shop/production", "--reason", " ", "--as", "linus"), 1, "Say in a note"),
        (("environment", "lock", "shop/production", "--reason", "x", "--as", "ada"), 1, "Nothing serves yet."),
        (("environment", "configure", "shop/production", "--as", "linus"), 2, "nothing to change"),
        (("environment", "configure", "shop/production", "--plan", "{", "--as", "linus"), 2, "is not JSON"),
        (("environment", "configure", "shop/production", "--plan", "[]", "--as", "linus"), 2, "A plan is"),
        (("environment", "rollback", "shop/production", "--as", "ada"), 1, "nothing to go back to"),
    ],
)
def test_what_is_not_done_is_told_in_a_sentence(
    place: Environment, words: tuple[str, ...], code: int, told: str
) -> None:
    ended, sentence = refused(*words)
    assert (ended, told in sentence) == (code, True), sentence
    assert not Release.objects.exists()
    assert not Rollout.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("words", [("rollout", "promote", "1"), ("rollout", "dance", "1"), ("release",)])
def test_who_acts_is_always_named(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        say(*words)


def test_a_refusal_says_what_serves_and_where_to_look(place: Environment) -> None:
    serving = factories.release(place.service, "1.0.0")
    Environment.objects.filter(pk=place.pk).update(serving=serving, serving_since=factories.NOW)
    rollout = factories.rollout(State.READY, place)
    code, told = refused("rollout", "pause", str(rollout.pk), "--as", "grace")
    assert code == 1
    assert told == (
        f"That can't be done while the rollout is ready. 1.0.0 serves 100 %. See `rollout show {rollout.pk}`."
    )


def test_an_environment_is_configured_and_locked(place: Environment) -> None:
    plan = json.dumps({"steps": [{"weight": 10, "wait_s": 60}, {"weight": 100}], "bake_s": 300})
    told = say("environment", "configure", "shop/production", "--plan", plan, "--as", "linus")
    assert "Plan: 10 % → 100 %, bake 300 s." in told
    told = say("environment", "configure", "shop/production", "--policy", '{"approvals_needed": 2}', "--as", "linus")
    assert "approvals_needed 2, " in told
    assert "promotes_by_itself True" in told
    assert "stocktaking" in say("environment", "lock", "shop/production", "--reason", "stocktaking", "--as", "linus")
    told = say("environment", "unlock", "shop/production", "--note", "counted", "--as", "linus")
    assert "locked" not in told


def test_rollouts_are_listed(place: Environment) -> None:
    factories.rollout(State.SUCCEEDED, place)
    factories.rollout(State.BAKING, place)
    assert len(say("rollout", "list", "--service", "shop").splitlines()) == 2
    assert "baking" in say("rollout", "list", "--active", "--environment", "production")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_redrawn_and_a_pipe_gets_a_line_for_each_change(place: Environment) -> None:
    turned = factories.Clock(clock.now())
    plan = plans.linear(by=50, wait_s=30)
    place.plan_json = plans.to_json(plan)
    place.policy_json["min_requests"] = 0
    place.save()
    rollout = factories.rollout(State.QUEUED, place, state_since=turned.at)

    def turn(_: float) -> None:
        turned.turn(40)
        Rollout.objects.filter(pk=rollout.pk).update(lease_until=None)
        advance.settle(rollout.pk, clock=turned.now)

    pipe, terminal = io.StringIO(), Terminal()
    Rollout.objects.filter(pk=rollout.pk).update(plan_json=plans.to_json(_unanalysed(plan)))
    live = watching.Screen(terminal, is_live=True, marks=view.BLOCKS)
    live.show(view.of(rollout))
    ended = watching.watch(
        rollout.pk, watching.Screen(pipe, is_live=False, marks=view.ASCII), is_driving=False, wait=turn
    )
    live.show(view.of(ended))
    lines = pipe.getvalue().splitlines()
    assert any("step 1 of 2: 50 %" in line and "blue (nothing yet) 50 %" in line for line in lines)
    assert "succeeded" in lines[-1]
    assert "\x1b" not in pipe.getvalue()
    assert "\x1b[5F\x1b[J" in terminal.getvalue()


def _unanalysed(plan: plans.Plan) -> plans.Plan:
    return plans.Plan(tuple(plans.Step(step.weight, step.wait_s, is_analysed=False) for step in plan.steps))


def test_watching_a_release_that_does_not_arrive_ends_with_1(place: Environment) -> None:
    ended = factories.rollout(State.ROLLED_BACK, place)
    screen = io.StringIO()
    with pytest.raises(CommandError, match="ended rolled back") as raised:
        watching.watch_if_asked(ended.pk, screen, {"watch": True, "drive": False, "verb": "promote"})
    assert raised.value.returncode == 1
    watching.watch_if_asked(ended.pk, screen, {"watch": True, "drive": False, "verb": "show"})


def test_ctrl_c_leaves_the_rollout_alone(place: Environment) -> None:
    rollout = factories.rollout(State.BAKING, place)

    class Interrupted(io.StringIO):
        def flush(self) -> None:
            raise KeyboardInterrupt

    out = Interrupted()
    watching.watch_if_asked(rollout.pk, out, {"watch": True, "drive": False, "verb": "show"})
    assert f"Stopped watching; rollout {rollout.pk} goes on." in out.getvalue()


@pytest.mark.parametrize(
    ("asked", "seen", "drawn"),
    [
        (0, 0, "#" * 40),
        (100, 100, "-" * 40),
        (1, 1, "#" * 39 + "-"),
        (99, 99, "#" + "-" * 39),
        (50, 25, "#" * 20 + "|" + "#" * 10 + "-" * 10),
    ],
)
def test_the_bar_never_hides_a_share(asked: int, seen: int, drawn: str) -> None:
    assert view.bar(asked=asked, seen=seen, marks=view.ASCII) == drawn


def test_the_screen_takes_the_terminal_as_it_is() -> None:
    assert watching.screen_on(Terminal(), {"TERM": "xterm"}).is_live
    assert not watching.screen_on(Terminal(), {"TERM": "dumb"}).is_live
    assert not watching.screen_on(io.StringIO(), {"TERM": "xterm"}).is_live
    assert view.marks_for("latin-1") == view.marks_for(None) == view.ASCII
