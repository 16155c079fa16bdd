"""Kills the process before every statement that writes and around every outside call, one at a time.

Afterwards another process goes on. In the end there is one release, one rollout, one decision, and the gate was
answered once.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import connection

from portal.accounts import actors
from portal.accounts.permissions import Role
from portal.audit import ledger
from portal.audit.models import Event
from releases.models import (
    Approval,
    Build,
    Environment,
    Execution,
    GateDecision,
    PipelineLink,
    Release,
    Rollout,
    Service,
    SetAside,
)
from releases.operations import approvals
from releases.operations.pipelines import hearing, looking
from releases.operations.refusal import Refused
from releases.pipelines import memory
from releases.rules.pipelines.gates import Decision
from releases.rules.states import State
from releases.targets import memory as target_memory
from tests import factories
from tests.killing import Doomed, Killed
from tests.releases.operations.pipelines.conftest import BUILD_NOTICE, TESTS, Shop, new_shop

pytestmark = pytest.mark.django_db(transaction=True)


class Life:
    """One build's way to a decided gate; what was killed is done again by the next process."""

    def __init__(self, shop: Shop, at: int) -> None:
        self.shop, self.process = shop, Doomed(at)
        self.began = Event.objects.count()
        for verb in ("look", "builds", "image", "answer"):
            setattr(shop.pipeline, verb, self.process.around(getattr(shop.pipeline, verb)))
        for verb in ("receive", "delete"):
            setattr(shop.mailbox, verb, self.process.around(getattr(shop.mailbox, verb)))

    def events(self, verb: str) -> int:
        """How often the ledger tells it of this life."""
        return Event.objects.filter(verb=verb, sequence__gt=self.began).count()

    def do(self, act: Callable[[], object]) -> None:
        try:
            with connection.execute_wrapper(self.process.around_statement):
                act()
        except Killed:
            self.process.be_followed()
            # The lease of whoever died ends.
            self.shop.clock.turn(120)
            with suppress(Refused):
                act()

    def hear(self) -> None:
        hearing.hear_queues(now=self.shop.clock.now())

    def look(self) -> None:
        for link_id in looking.due(now=self.shop.clock.now()):
            looking.look(link_id, now=self.shop.clock.now())

    def rest(self) -> None:
        self.shop.clock.turn(looking.RESTING_EVERY.total_seconds())


def to_gate(life: Life) -> None:
    life.shop.start()
    life.shop.finish(tests=TESTS)
    life.shop.mailbox.put(BUILD_NOTICE)
    life.do(life.hear)
    life.do(life.look)
    life.shop.settle()
    assert life.shop.rollout.state == State.READY


def answered_from_here(life: Life) -> None:
    to_gate(life)
    grace = actors.from_user(factories.user(Role.APPROVER))
    approvals.approve(rollout_id=life.shop.rollout.pk, by=grace, now=life.shop.clock.now())
    life.do(life.look)
    life.rest()
    life.do(life.look)
    assert len(life.shop.pipeline.answers) == 1
    assert GateDecision.objects.get().origin == "here"


def decided_in_the_console(life: Life) -> None:
    grace = factories.user(Role.APPROVER)
    to_gate(life)
    arn = f"arn:aws:sts::111122223333:assumed-role/Approvers/{grace.username}"
    life.shop.pipeline.decide(Decision.APPROVED, by=arn)
    life.rest()
    life.do(life.look)
    life.rest()
    life.do(life.look)
    assert life.shop.pipeline.answers == []
    assert GateDecision.objects.get().origin == "console"


def check(life: Life) -> None:
    assert Release.objects.count() == Rollout.objects.count() == Execution.objects.count() == 1
    assert life.events("record") == 1
    build = Build.objects.get()
    assert build.release == Release.objects.get()
    assert build.is_settled
    assert build.tests_total == 12
    assert Approval.objects.count() == 1
    assert GateDecision.objects.get().outcome == "done"
    assert life.shop.mailbox.notices == []
    assert SetAside.objects.count() == 0
    link = PipelineLink.objects.get()
    assert (link.due_at, link.trouble) == (None, "")
    # Whoever died while giving the look back holds it for its time, and no longer.
    life.rest()
    assert looking.due(now=life.shop.clock.now()) == [link.pk]
    for verb in ("approve", "answer_gate", "settle_gate"):
        assert life.events(verb) <= 1


@pytest.mark.parametrize("live", [answered_from_here, decided_in_the_console])
def test_a_kill_at_any_point_changes_nothing_in_the_end(live):
    unharmed = Life(new_shop(), at=0)
    live(unharmed)
    check(unharmed)
    points = unharmed.process.passed
    assert points > 30
    for at in range(1, points + 1):
        forget_everything()
        life = Life(new_shop(), at)
        live(life)
        try:
            check(life)
        except AssertionError as error:
            error.add_note(f"killed at point {at} of {points}")
            raise
    assert list(ledger.verify()) == []


def forget_everything() -> None:
    """Will empty all but the ledger, which nothing empties."""
    memory.forget_all()
    target_memory.forget_all()
    for rows in (
        GateDecision,
        Approval,
        Build,
        Execution,
        PipelineLink,
        SetAside,
        Rollout,
        Environment,
        Release,
        Service,
    ):
        rows.objects.all().delete()
