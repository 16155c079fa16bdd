"""Who wrote a release is learned once, from whichever source knows it; their own approval never counts."""

from datetime import timedelta

import pytest

from portal.accounts import actors
from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.models import Approval, Release
from releases.operations import approvals, rollouts
from releases.operations.pipelines import authors
from releases.operations.refusal import Refused
from releases.rules.pipelines.provenance import AUTHOR, IMAGE, VERSION
from releases.rules.reasons import Code
from releases.rules.states import State
from releases.selectors import standing
from tests import factories
from tests.releases.operations.pipelines.conftest import digest


@pytest.fixture
def ada(db):
    return factories.user(Role.APPROVER, Role.DEVELOPER, username="ada")


def approve(shop, user) -> None:
    approvals.approve(rollout_id=shop.rollout.pk, by=actors.from_user(user), now=shop.clock.now())


def given(shop) -> int:
    return standing.approvals_given(shop.rollout, now=shop.clock.now())


def test_the_builds_call_tells_who_wrote_what_an_event_recorded(shop, ada):
    shop.to_gate()
    assert shop.release().author is None
    shop.tell(author="ada")
    shop.tell(author="ada")
    assert shop.release().author == ada
    assert shop.release().author_name == "ada"
    event = Event.objects.get(verb="learn_author")
    assert (event.release, event.actor) == ("1.1.0", shop.builder.name)
    with pytest.raises(Refused) as refused:
        approve(shop, ada)
    assert Code.AUTHOR in {reason.code for reason in refused.value.reasons}


def test_a_build_that_is_seen_later_tells_it_too(shop, ada):
    shop.tell(author="nobody-here")
    assert shop.release().author is None
    shop.start()
    shop.finish(exported={VERSION: "1.1.0", IMAGE: digest(1), AUTHOR: "ada"})
    shop.look()
    assert shop.release().author == ada


def test_who_is_known_stays(shop, ada):
    shop.tell(author="ada")
    factories.user(Role.DEVELOPER, username="grace")
    shop.tell(author="grace")
    assert shop.release().author == ada
    assert not Event.objects.filter(verb="learn_author").exists()


def test_what_they_approved_meanwhile_no_longer_counts_and_others_do(shop, ada):
    grace = factories.user(Role.APPROVER, username="grace")
    shop.to_gate()
    approve(shop, ada)
    assert given(shop) == 1
    shop.tell(author="ada")
    assert given(shop) == 0
    with pytest.raises(Refused) as refused:
        rollouts.promote(rollout_id=shop.rollout.pk, by=factories.actor(Role.OPERATOR), now=shop.clock.now())
    assert [reason.code for reason in refused.value.reasons] == [Code.NEEDS_APPROVALS]
    own = Approval.objects.get(decided_by=ada)
    assert (own.void_at, own.void_reason) == (shop.clock.now(), authors.VOID_REASON)
    assert "What they approved no longer counts" in Event.objects.get(verb="learn_author").sentence
    approve(shop, grace)
    assert given(shop) == 1


def test_a_promotion_that_their_approval_allowed_is_dropped(shop, ada):
    shop.to_gate()
    approve(shop, ada)
    rollouts.promote(rollout_id=shop.rollout.pk, by=factories.actor(Role.OPERATOR), now=shop.clock.now())
    shop.tell(author="ada")
    rollout = shop.settle()
    assert rollout.state == State.READY
    assert not rollout.requests.filter(settled_at=None).exists()


def test_an_approval_that_was_on_its_way_does_not_count_either(shop, ada):
    """It was written with the author that it had read: none."""
    shop.to_gate()
    shop.tell(author="ada")
    Approval.objects.create(
        rollout=shop.rollout,
        release_digest=shop.release().digest,
        plan_digest=shop.rollout.plan_digest,
        decision=Approval.Decision.APPROVED,
        decided_by=ada,
        decided_at=shop.clock.now(),
        expires_at=shop.clock.now() + timedelta(hours=1),
    )
    assert given(shop) == 0


def test_another_who_learned_it_first_is_no_second_author(shop, ada):
    shop.to_gate()
    stale = Release.objects.get()
    authors.learn(Release.objects.get(), ada, by=shop.builder, now=shop.clock.now())
    grace = factories.user(username="grace")
    assert not authors.learn(stale, grace, by=shop.builder, now=shop.clock.now())
    assert Release.objects.get().author == ada
