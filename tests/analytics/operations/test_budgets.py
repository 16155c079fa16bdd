"""Budgets: who may set and lift them, whom they bind, what is spent, and when they renew."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from analytics.models import Budget, Query
from analytics.operations import budgets
from analytics.operations.budgets import MOST_BYTES, MOST_USD, Spent
from analytics.operations.refusal import Missing, Refused
from portal.accounts import actors
from portal.accounts.permissions import Role
from portal.audit.models import Event
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY, MONTH = Budget.Span.DAY, Budget.Span.MONTH
AMOUNTS = {"bytes_at_most": 1000, "usd_at_most": 2.0}


@pytest.fixture
def olga():
    return factories.actor(Role.OPERATOR)


@pytest.fixture
def ana():
    return factories.user(Role.ANALYST, username="ana")


def asked(person, *, at=NOW, read_bytes=0, usd=0.0, **known):
    """Will make a query that was asked at a time, and read and cost so much."""
    row = factories.query(person, bytes_scanned=read_bytes, cost_usd=usd)
    Query.objects.filter(pk=row.pk).update(**{"submitted_at": at, "ended_at": at, **known})


def only(person, *, now=NOW):
    [standing] = budgets.standings(actors.from_user(person), now=now)
    return standing


def test_a_budget_is_set_once_for_the_same_and_told_in_the_ledger(olga, ana):
    budgets.set_(role=Role.ANALYST, span=DAY, by=olga, now=NOW, **AMOUNTS)
    budgets.set_(role=Role.ANALYST, span=DAY, bytes_at_most=1024**3, usd_at_most=3, by=olga, now=NOW)
    assert only(ana).left_bytes == 1024**3
    budgets.set_(person_id=ana.pk, span=DAY, by=olga, now=NOW, **AMOUNTS)
    assert only(ana).left_bytes == 1000
    assert Budget.objects.count() == 2
    told = list(Event.objects.filter(verb="set_budget").values_list("actor", "sentence").order_by("sequence"))
    assert told[1] == (olga.name, "analyst, each day: 1.0\xa0GB and $3.00")
    assert told[2] == (olga.name, "ana, each day: 1000\xa0bytes and $2.00")


def test_a_persons_own_lifted_the_roles_binds_again(olga, ana):
    budgets.set_(role=Role.VIEWER, span=DAY, bytes_at_most=5, usd_at_most=1, by=olga, now=NOW)
    own = budgets.set_(person_id=ana.pk, span=DAY, by=olga, now=NOW, **AMOUNTS)
    budgets.lift(budget_id=own.pk, by=olga, now=NOW)
    assert only(ana).budget.role == Role.VIEWER
    assert Event.objects.get(verb="lift_budget").sentence == "ana, each day"
    with pytest.raises(Missing, match="no such budget"):
        budgets.lift(budget_id=own.pk, by=olga, now=NOW)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
def test_only_operators_set_and_lift(role, olga):
    there = budgets.set_(role=Role.ANALYST, span=DAY, by=olga, now=NOW, **AMOUNTS)
    other = factories.actor(role)
    with pytest.raises(Refused, match="needs the role operator"):
        budgets.set_(role=Role.ANALYST, span=DAY, bytes_at_most=9, usd_at_most=9, by=other, now=NOW)
    with pytest.raises(Refused, match="needs the role operator"):
        budgets.lift(budget_id=there.pk, by=other, now=NOW)
    assert list(Budget.objects.values_list("bytes_at_most", flat=True)) == [1000]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"span": "week"}, "a day or a month, not of 'week'"),
        ({"bytes_at_most": -1}, r"from 0 to 1\.0\sPB"),
        ({"bytes_at_most": MOST_BYTES + 1}, r"\$0 to \$1,000,000"),
        ({"usd_at_most": -0.01}, "A budget is from"),
        ({"usd_at_most": MOST_USD * 2}, "A budget is from"),
        ({"usd_at_most": float("nan")}, "A budget is from"),
        ({"role": ""}, "one role or of one person"),
        ({"person_id": 1}, "one role or of one person"),
        ({"role": "king"}, "no role 'king'"),
        ({"role": "", "person_id": 10**9}, "Nobody of that number"),
    ],
)
def test_nonsense_is_refused(olga, wrong, said):
    with pytest.raises(Refused, match=said):
        budgets.set_(**{"role": Role.ANALYST, "span": DAY, **AMOUNTS, **wrong}, by=olga, now=NOW)
    assert not Budget.objects.exists()
    assert not Event.objects.filter(verb="set_budget").exists()


def test_what_is_spent_is_what_ended_and_the_most_of_what_runs(ana):
    Budget.objects.create(role=Role.ANALYST, span=DAY, **AMOUNTS)
    asked(ana, read_bytes=300, usd=0.5)
    asked(ana, ended_at=None, bytes_upper=250, cost_upper_usd=0.25)
    asked(ana, at=NOW - timedelta(days=1), read_bytes=9000, usd=9.0)
    asked(factories.user(Role.ANALYST), read_bytes=9000, usd=9.0)
    standing = only(ana)
    assert standing.spent == Spent(550, 0.75)
    assert (standing.left_bytes, standing.left_usd) == (450, 1.25)
    assert (standing.bytes_percent, standing.usd_percent) == (55, 37)


def test_a_budget_of_nothing_is_used_up_and_more_than_all_is_all(ana):
    budget = Budget.objects.create(role=Role.ANALYST, span=DAY, bytes_at_most=0, usd_at_most=1.0)
    asked(ana, usd=7.0)
    standing = only(ana)
    assert standing.budget == budget
    assert (standing.bytes_percent, standing.usd_percent, standing.left_usd) == (100, 100, 0.0)


@pytest.mark.parametrize(
    ("span", "now", "renews_at"),
    [
        (DAY, datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (MONTH, datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (MONTH, datetime(2028, 1, 31, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC)),
    ],
)
def test_it_renews_when_the_day_or_the_month_is_over(ana, span, now, renews_at):
    Budget.objects.create(role=Role.ANALYST, span=span, **AMOUNTS)
    asked(ana, at=now, read_bytes=600)
    standing = only(ana, now=now)
    assert (standing.renews_at, standing.spent.read_bytes) == (renews_at, 600)
    assert only(ana, now=renews_at).spent == Spent(0, 0.0)
    told = f"wait until it renews \\({renews_at:%Y-%m-%d} 00:00 UTC\\)"
    with pytest.raises(Refused, match=told):
        budgets.refuse_beyond(actors.from_user(ana), bytes_upper=500, cost_upper_usd=0, now=now)


def test_who_spent_what_the_dearest_first(ana):
    bea = factories.user(Role.ANALYST, username="bea")
    asked(ana, read_bytes=10, usd=0.5)
    asked(ana, at=NOW - timedelta(days=1), read_bytes=20, usd=0.5)
    asked(bea, at=NOW - timedelta(days=2), read_bytes=5, usd=3.0)
    asked(factories.user(Role.ANALYST), at=NOW - timedelta(days=40), read_bytes=5, usd=9.0)
    found = [(one.person, one.day, one.month) for one in budgets.spenders(now=NOW)]
    assert found == [(bea, Spent(0, 0.0), Spent(5, 3.0)), (ana, Spent(10, 0.5), Spent(30, 1.0))]


@pytest.mark.django_db(transaction=True)
def test_two_questions_at_once_do_not_both_take_what_is_left(ana):
    Budget.objects.create(role=Role.ANALYST, span=DAY, **AMOUNTS)
    told = []

    def ask_as_well():
        try:
            with transaction.atomic():
                budgets.refuse_beyond(actors.from_user(ana), bytes_upper=600, cost_upper_usd=0, now=NOW)
                told.append("let through")
        except Refused as refused:
            told.append(refused.code)
        finally:
            connection.close()

    second = Thread(target=ask_as_well)
    with transaction.atomic():
        budgets.refuse_beyond(actors.from_user(ana), bytes_upper=600, cost_upper_usd=0, now=NOW)
        second.start()
        second.join(timeout=1)
        assert told == []
        asked(ana, read_bytes=600)
    second.join(timeout=20)
    assert told == ["over-budget"]
