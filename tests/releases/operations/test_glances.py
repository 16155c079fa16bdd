"""Many rollouts on a far target are asked about at once, and only those that changed are looked at."""

from datetime import timedelta

import pytest

from releases.models import Deployment, Rollout
from releases.operations import glances
from releases.operations.advance import leases
from releases.rules.observation import Health
from releases.rules.states import State
from tests import factories
from tests.contracts.codedeploy import CodeDeployRig

pytestmark = pytest.mark.django_db
MANY = 60


@pytest.fixture
def rig(account):
    return CodeDeployRig(account)


def rollout(rig, outside_id, *, at, state=State.READY, **known):
    environment = factories.environment(target="codedeploy", target_config=rig.stage.target_config)
    made = factories.rollout(state, environment, look_at=at)
    facts = {"outside_status": f"{outside_id} Ready: waits for promotion", "observed_at": at, **known}
    Deployment.objects.create(
        rollout=made, token=f"t-{made.pk}", intended_at=at, started_at=at, outside_id=outside_id,
        green=Health.HEALTHY, **facts,
    )  # fmt: skip
    return made


def test_what_is_unchanged_rests_on_and_costs_one_call_for_many(rig):
    ref = rig.bring()
    now = factories.NOW
    rollouts = [rollout(rig, ref.outside_id, at=now) for _ in range(MANY)]
    rig.account.world.journal.clear()
    assert list(glances.due(now=now)) == []
    assert rig.account.world.journal.counts() == {"codedeploy:BatchGetDeployments": 3}
    assert {one.look_at for one in Rollout.objects.all()} == {now + timedelta(seconds=15)}
    assert list(glances.due(now=now + timedelta(seconds=14))) == []
    assert len(rollouts) == MANY


def test_what_changed_is_new_or_was_long_not_seen_is_looked_at(rig):
    ref = rig.bring()
    now = factories.NOW
    same = rollout(rig, ref.outside_id, at=now)
    changed = rollout(rig, ref.outside_id, at=now, outside_status=f"{ref.outside_id} InProgress: Install")
    woken = rollout(rig, ref.outside_id, at=now)
    Rollout.objects.filter(pk=woken.pk).update(look_at=None)
    old = rollout(rig, ref.outside_id, at=now, observed_at=now - timedelta(minutes=11))
    gone = rollout(rig, "d-GONE00000", at=now)
    shifting = rollout(rig, ref.outside_id, at=now, state=State.SHIFTING)
    assert list(glances.due(now=now)) == [one.pk for one in (changed, woken, old, gone, shifting)]
    assert Rollout.objects.get(pk=same.pk).look_at > now


def test_a_target_that_does_not_answer_is_asked_at_the_next_tick(rig):
    ref = rig.bring()
    now = factories.NOW
    rested = rollout(rig, ref.outside_id, at=now, outside_status="d-1 Created")
    rig.account.fault("codedeploy:BatchGetDeployments", times=3)
    assert list(glances.due(now=now)) == []
    assert list(glances.due(now=now + timedelta(seconds=2))) == [rested.pk]


def test_when_many_changed_at_once_each_has_its_turn(rig):
    ref = rig.bring()
    now = factories.NOW
    rollouts = [rollout(rig, ref.outside_id, at=now, outside_status="d-1 Created") for _ in range(15)]
    for turn in range(3):
        looked = list(glances.due(now=now + timedelta(seconds=2 * turn)))
        assert looked == [one.pk for one in rollouts[5 * turn : 5 * turn + 5]]
        Rollout.objects.filter(pk__in=looked).update(look_at=now + timedelta(minutes=1))


def test_no_more_is_asked_about_at_once_than_the_pace_lets_through(rig):
    ref = rig.bring()
    now = factories.NOW
    for _ in range(glances.AT_ONCE + 20):
        rollout(rig, ref.outside_id, at=now)
    rig.account.world.journal.clear()
    assert list(glances.due(now=now)) == []
    assert len(rig.account.calls("codedeploy:BatchGetDeployments")) == 4
    assert list(glances.due(now=now)) == []
    assert len(rig.account.calls("codedeploy:BatchGetDeployments")) == 5


def test_what_a_killed_process_had_seen_and_not_acted_on_is_looked_at_again(rig):
    ref = rig.bring()
    now = factories.NOW
    held = rollout(rig, ref.outside_id, at=now)
    # The lease was taken and never given back; what was seen under it looks unchanged.
    leases.take(held.pk, now=now, for_s=10)
    assert list(glances.due(now=now + timedelta(seconds=2))) == [held.pk]


def test_when_everything_changed_no_more_is_asked_about_than_is_looked_at(rig):
    ref = rig.bring()
    for _ in range(MANY):
        rollout(rig, ref.outside_id, at=factories.NOW, outside_status="d-1 Created")
    rig.account.world.journal.clear()
    assert len(list(glances.due(now=factories.NOW))) == glances.LOOKS
    assert len(rig.account.calls("codedeploy:BatchGetDeployments")) == 1
