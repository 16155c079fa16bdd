"""The rollout page: what an approver reads in two minutes, and what each button does without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import transaction

from portal import clock
from portal.accounts.actors import MACHINE
from portal.accounts.permissions import Role
from portal.audit import ledger
from releases.models import Approval, Commit, Measurement, Request, SlotReading
from releases.rules.observation import Health
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories
from tests.releases.views.conftest import environment, rollout, signed_in

pytestmark = pytest.mark.django_db


def page(client, made):
    return client.get(f"/rollouts/{made.pk}/").content.decode()


def test_the_bar_shows_what_was_asked_and_what_is_seen(approver):
    text = page(approver, rollout(State.SHIFTING, asked=50, seen=10))
    assert "Blue 1.0.0 serves 90 %, green 1.1.0 serves 10 %. 50 % was asked for green." in text
    assert 'width="10%"' in text
    assert 'x1="50%"' in text
    assert "not there yet" in text


def test_the_headline_counts_down_to_the_next_step(approver):
    made = rollout(
        State.SHIFTING, asked=10, seen=10, step_since=clock.now() - timedelta(minutes=4), reason_code="step_timer",
        reason_sentence="Green takes 10 %; the next step comes in 999 s.",
    )  # fmt: skip
    text = page(approver, made)
    assert "Green takes 10 % of the traffic." in text
    assert re.search(r"Next: 100 %, in (6 min|5 min \d+ s) unless you pause", text)
    assert "999 s" not in text


def test_checks_have_words_and_curves(approver):
    made = rollout(State.SHIFTING, asked=10, seen=10)
    for slot in ("blue", "green"):
        for number in range(300):
            SlotReading.objects.create(
                rollout=made, step_index=0, slot=slot, at=clock.now(), requests=number * 10, errors=0, response_ms=80
            )
    Measurement.objects.create(
        rollout=made, step_index=0, measure="requests", green=612, verdict="inconclusive",
        sentence="Green has answered 612.", measured_at=clock.now(),
    )  # fmt: skip
    text = page(approver, made)
    assert "not known yet" in text
    curve = re.search(r'line-green" d="([^"]+)"', text).group(1)
    assert 2 <= curve.count("L") + 1 <= 40


def test_no_measurement_is_said(approver):
    assert "Nothing is measured yet" in page(approver, rollout(State.READY))


def test_the_log_of_a_failed_green_is_shown_as_text(approver):
    made = rollout(State.ROLLED_BACK)
    made.deployment.log_tail = "<script>alert(1)</script>"
    made.deployment.save()
    assert "&lt;script&gt;alert(1)" in page(approver, made)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.QUEUED, "nothing has started; blue 1.0.0 keeps 100 %"),
        (State.READY, "takes green down; blue 1.0.0 keeps 100 %"),
        (State.SHIFTING, "all traffic to blue 1.0.0: blue is warm"),
    ],
)
def test_the_button_says_which_way_back(approver, state, said):
    assert said in page(approver, rollout(state))


def test_the_time_of_a_rollback_is_one_that_was_measured(approver):
    place = environment()
    before = rollout(State.ROLLED_BACK, place)
    began = clock.now() - timedelta(hours=1)
    with transaction.atomic():
        entry = ledger.Entry("roll_back", rollout_id=before.pk, from_state="shifting", to_state="rolling_back")
        ledger.append(entry, by=MACHINE, now=began)
    before.deployment.agreed_at = began + timedelta(seconds=1.5)
    before.deployment.save()
    made = rollout(State.SHIFTING, place, release=factories.release(place.service), asked=10, seen=10)
    text = page(approver, made)
    assert "all traffic to blue 1.0.0 in about 1.5 s: blue is warm" in text
    assert "median of the last 1 rollback" in text


def test_a_cold_blue_is_not_called_warm(approver):
    assert "blue was last seen unhealthy" in page(approver, rollout(State.SHIFTING, blue=Health.UNHEALTHY))


def test_commits_and_configuration_stand_side_by_side_and_secrets_do_not(approver):
    place = environment()
    blue = factories.release(place.service, "1.0.5", configuration={"CACHE_S": "60", "API_KEY": "hush-1", "OLD": "1"})
    place.serving = blue
    place.save()
    new = {"CACHE_S": "90", "API_KEY": "hush-2", "NEW": "https://me:hush-3@host/"}
    green = factories.release(place.service, "1.1.0", configuration=new)
    Commit.objects.create(release=green, position=0, sha="a" * 40, author="Dana", subject="Round it", at=clock.now())
    text = page(approver, rollout(State.READY, place, release=green))
    for shown in ("Round it", "Dana", "CACHE_S", "60", "90", "API_KEY", "changed", "added", "removed", "https://me:"):
        assert shown in text
    assert "hush" not in text


def test_a_greyed_button_says_why_and_sends_nothing(viewer):
    text = page(viewer, rollout(State.READY))
    button = re.search(r'<button type="(\w+)"[^>]*id="promote"[^>]*>', text, re.S)
    assert button.group(1) == "button"
    assert 'aria-disabled="true"' in button.group(0)
    assert 'aria-describedby="why-promote"' in button.group(0)
    assert "It needs one of: approver, operator." in text


@pytest.mark.parametrize(
    ("state", "verb", "row"),
    [
        (State.READY, "roll_back", "roll_back"),
        (State.SHIFTING, "skip", "skip"),
        (State.QUEUED, "cancel", "cancel"),
        (State.ROLLBACK_FAILED, "retry", "retry"),
        (State.READY, "promote", "promote"),
    ],
)
def test_each_verb_is_a_plain_form(operator, state, verb, row):
    made = rollout(state, environment(policy=Policy(approvals_needed=0)))
    answer = operator.post(f"/rollouts/{made.pk}/{verb}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/rollouts/{made.pk}/")
    assert Request.objects.filter(rollout=made, verb=row).exists()
    (message,) = get_messages(answer.wsgi_request)
    assert "success" not in str(message)


def test_pause_and_resume(operator):
    made = rollout(State.SHIFTING, asked=10, seen=10, step_since=clock.now())
    operator.post(f"/rollouts/{made.pk}/pause/")
    assert "Resume" in page(operator, made)
    operator.post(f"/rollouts/{made.pk}/resume/")
    assert "Pause" in page(operator, made)


def test_an_approval_keeps_its_comment(approver):
    made = rollout(State.READY)
    approver.post(f"/rollouts/{made.pk}/approve/", {"note": "Looked right."})
    assert Approval.objects.get().comment == "Looked right."
    assert "Looked right." in page(approver, made)


def test_a_rejection_without_a_word_is_refused_with_what_to_do(approver):
    made = rollout(State.READY)
    answer = approver.post(f"/rollouts/{made.pk}/reject/")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Reject was not done. Say in a note" in text
    assert "Blue 1.0.0 serves 100 %, green 1.1.0 serves 0 %." in text
    assert "Write the note and send it again." in text


def test_a_refusal_keeps_what_was_written(approver):
    author = approver.user
    made = rollout(State.READY)
    type(made.release).objects.filter(pk=made.release_id).update(author=author)
    answer = approver.post(f"/rollouts/{made.pk}/approve/", {"note": "My long thought."})
    assert answer.status_code == 409
    assert "You are this release&#x27;s author" in answer.content.decode()
    assert not Approval.objects.exists()


@pytest.mark.parametrize("verb", ["promote", "pause", "skip", "roll_back", "approve"])
def test_a_viewer_moves_nothing(viewer, verb):
    made = rollout(State.READY)
    assert viewer.post(f"/rollouts/{made.pk}/{verb}/").status_code == 403
    assert not Request.objects.exists()


@pytest.mark.parametrize("verb", ["read", "lock", "explode", "__class__"])
def test_only_the_verbs_of_a_rollout_are_addresses(operator, verb):
    assert operator.post(f"/rollouts/{rollout(State.READY).pk}/{verb}/").status_code == 404


def test_a_verb_is_never_a_link(operator):
    assert operator.get(f"/rollouts/{rollout(State.READY).pk}/roll_back/").status_code == 405


def test_a_panel_that_did_not_change_stays_under_the_finger(approver):
    made = rollout(State.READY)
    have = re.search(r"panels/decide/\?have=(\w+)", page(approver, made)).group(1)
    address = f"/rollouts/{made.pk}/panels/decide/"
    assert approver.get(address, {"have": have}).status_code == 204
    approver.post(f"/rollouts/{made.pk}/approve/", {"note": ""})
    fresh = approver.get(address, {"have": have})
    assert fresh.status_code == 200
    assert 'id="panel-decide"' in fresh.content.decode()


def test_the_author_is_told_that_somebody_else_decides(db):
    author = factories.user(Role.APPROVER)
    made = rollout(State.READY)
    type(made.release).objects.filter(pk=made.release_id).update(author=author)
    assert "You are this release&#x27;s author" in page(signed_in(user=author), made)
