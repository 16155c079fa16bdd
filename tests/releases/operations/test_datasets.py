"""Revisions of the data go the way that releases of the code go: recorded, compared, promoted or not, taken back."""

import pytest

from analytics.operations import serving, shelf
from portal.accounts.permissions import Role
from releases.models import Release, Rollout, Service
from releases.operations import advance, environments, rollouts
from releases.operations.pipelines import datasets
from releases.rules import plan as plans
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories
from tests.analytics import doses
from tests.factories import Clock

pytestmark = pytest.mark.django_db
BY_ITSELF = Policy(approvals_needed=0, promotes_by_itself=True)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


@pytest.fixture
def bring(state_dir, tmp_path):
    return lambda name, **how: doses.bring(state_dir, tmp_path, name, **how)


@pytest.fixture
def pages(state_dir):
    service = factories.service(slug=doses.DATASET, kind=Service.Kind.DATASET)
    return factories.environment(
        plans.all_at_once(bake_s=10),
        BY_ITSELF,
        service=service,
        name="pages",
        target="dataset",
        target_config={"dataset": doses.DATASET},
        measure="none",
    )


@pytest.fixture
def pointed(state_dir):
    return lambda: shelf.serving(state_dir, doses.DATASET)


def moved(rollout, clock, *, until):
    for _ in range(20):
        advance.settle(rollout.pk, clock=clock.now)
        rollout.refresh_from_db()
        if rollout.state == until:
            return rollout
        clock.turn(5)
    raise AssertionError(f"{rollout.state}: {rollout.reason_sentence}")


def newest(pages):
    return Rollout.objects.filter(environment=pages).latest("pk")


@pytest.fixture
def served(pages, bring, state_dir, clock):
    """One snapshot served before anybody released it, as after a first start."""
    revision = bring("first")
    serving.serve(state_dir, doses.DATASET, revision=revision)
    datasets.record_new(now=clock.now())
    pages.refresh_from_db()
    return revision


def test_what_served_before_is_recorded_as_what_serves(pages, served, clock):
    assert pages.serving.artifact.startswith(f"{doses.DATASET}/{served}@sha256:")
    assert pages.serving.version == f"2021-01-30-{served}"
    assert not Rollout.objects.exists()
    assert datasets.record_new(now=clock.now()) == []
    assert Release.objects.count() == 1


def test_a_better_snapshot_promotes_itself_and_is_taken_back_with_one_click(pages, served, bring, pointed, clock):
    second = bring("second", days=31)
    assert [release.version for release in datasets.record_new(now=clock.now())] == [f"2021-01-31-{second}"]
    rollout = moved(newest(pages), clock, until=State.SUCCEEDED)
    assert pointed() == second
    pages.refresh_from_db()
    assert pages.serving == rollout.release
    ada = factories.actor(Role.APPROVER)
    back = environments.roll_back(environment_id=pages.pk, by=ada, now=clock.now())
    moved(back, clock, until=State.SUCCEEDED)
    assert pointed() == served
    pages.refresh_from_db()
    assert f"2021-01-31-{second} was rolled back" in pages.lock_reason


def test_a_worse_snapshot_waits_for_a_person_who_sees_why(pages, served, bring, pointed, clock):
    bad = bring("bad", places=("ITA",), days=20)
    datasets.record_new(now=clock.now())
    rollout = moved(newest(pages), clock, until=State.READY)
    clock.turn(20)
    advance.settle(rollout.pk, clock=clock.now)
    rollout.refresh_from_db()
    assert rollout.reason_code == "doubtful"
    assert "1 place of blue gone: FJI" in rollout.reason_sentence
    assert pointed() == served
    rollouts.promote(rollout_id=rollout.pk, by=factories.actor(Role.OPERATOR), now=clock.now())
    moved(rollout, clock, until=State.BAKING)
    assert pointed() == bad


def test_a_rollback_while_it_bakes_leads_every_page_back(pages, served, bring, pointed, clock):
    bring("second", days=31)
    datasets.record_new(now=clock.now())
    rollout = moved(newest(pages), clock, until=State.BAKING)
    rollouts.roll_back(rollout_id=rollout.pk, by=factories.actor(Role.APPROVER), now=clock.now())
    moved(rollout, clock, until=State.ROLLED_BACK)
    assert pointed() == served


def test_a_revision_revoked_while_it_bakes_takes_itself_back(  # noqa: PLR0917 - fixtures
    pages, served, bring, pointed, state_dir, clock
):
    second = bring("second", days=31)
    datasets.record_new(now=clock.now())
    rollout = moved(newest(pages), clock, until=State.BAKING)
    assert pointed() == second
    serving.quarantine(state_dir, doses.DATASET, revision=second, why="revoked by its owner", by="ana", now=clock.now())
    moved(rollout, clock, until=State.ROLLED_BACK)
    assert pointed() == served


def test_a_revoked_revision_is_not_recorded(pages, served, bring, state_dir, clock):
    second = bring("second", days=31)
    serving.quarantine(state_dir, doses.DATASET, revision=second, why="revoked", by="ana", now=clock.now())
    assert datasets.record_new(now=clock.now()) == []
