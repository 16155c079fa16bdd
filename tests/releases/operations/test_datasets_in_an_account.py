"""A revision of the data goes to an account as a release does: when it is there, promoted, and taken back."""

import pytest

from analytics.operations.lake import publishing, serving
from portal.accounts.permissions import Role
from releases.models import Rollout, Service
from releases.operations import advance, environments
from releases.operations.pipelines import datasets
from releases.rules import plan as plans
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories
from tests.account import REGION, AccountClock
from tests.analytics import doses
from tests.analytics.operations import lake as lakes

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(account):
    return AccountClock(account)


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


@pytest.fixture
def lake(account, state_dir):
    service = factories.service(slug=doses.DATASET, kind=Service.Kind.DATASET)
    factories.environment(
        plans.all_at_once(bake_s=10),
        Policy(approvals_needed=0, promotes_by_itself=True),
        service=service,
        name="account",
        target="dataset",
        target_config={"dataset": doses.DATASET, "bucket": lakes.BUCKET, "region": REGION},
        measure="none",
    )
    return lakes.made(account)


@pytest.fixture
def bring(lake, state_dir, tmp_path, clock):
    """Brings a snapshot in and records it, which opens a rollout; nothing is published by that."""

    def bring(name, **how):
        revision = doses.bring(state_dir, tmp_path, name, **how)
        datasets.record_new(now=clock.now())
        return revision, Rollout.objects.latest("pk")

    return bring


@pytest.fixture
def publish(lake, state_dir):
    return lambda: publishing.publish_all(lake, state_dir=state_dir, progress=lambda *_: None)


def moved(rollout, clock, *, until, looks=20):
    for _ in range(looks):
        advance.settle(rollout.pk, clock=clock.now)
        rollout.refresh_from_db()
        if rollout.state == until:
            return
        clock.turn(5)
    raise AssertionError(f"{rollout.state}: {rollout.reason_sentence}")


def test_a_rollout_waits_for_its_snapshot_promotes_itself_and_is_taken_back(lake, bring, publish, clock):
    first, rollout = bring("first")
    publish()
    moved(rollout, clock, until=State.SUCCEEDED)
    assert serving.serving(lake, doses.DATASET) == first
    second, rollout = bring("second", days=31)
    with pytest.raises(AssertionError, match="not in s3://a-lake"):
        moved(rollout, clock, until=State.SUCCEEDED, looks=3)
    publish()
    moved(rollout, clock, until=State.SUCCEEDED)
    assert serving.serving(lake, doses.DATASET) == second
    back = environments.roll_back(
        environment_id=rollout.environment_id, by=factories.actor(Role.APPROVER), now=clock.now()
    )
    moved(back, clock, until=State.SUCCEEDED)
    assert serving.serving(lake, doses.DATASET) == first
