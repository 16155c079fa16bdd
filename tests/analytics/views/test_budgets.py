"""The page of budgets: everybody's own, and for operators the form, what is set, and who spent what."""

import pytest
from django.test import Client

from analytics.models import Budget, Query
from analytics.rules.cost import GIGABYTE
from portal import clock
from portal.accounts.permissions import Role
from tests import factories

pytestmark = pytest.mark.django_db
ADDRESS = "/workbench/budgets/"
FORM = {"whose": "role:analyst", "span": "day", "gigabytes": "1.5", "usd_at_most": "2"}


def signed_in(*roles, **known):
    client = Client()
    client.user = factories.user(*roles, **known)
    client.force_login(client.user)
    return client


@pytest.fixture
def olga():
    return signed_in(Role.OPERATOR)


@pytest.fixture
def ana():
    return signed_in(Role.ANALYST, username="ana")


def asked_now(person, **known):
    made = factories.query(person, **known)
    Query.objects.filter(pk=made.pk).update(submitted_at=clock.now(), ended_at=clock.now())


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_everybody_sees_what_is_spent_of_their_own(ana):
    assert "No budget binds you" in text(ana.get(ADDRESS))
    Budget.objects.create(role=Role.ANALYST, span=Budget.Span.MONTH, bytes_at_most=4 * GIGABYTE, usd_at_most=8)
    asked_now(ana.user, bytes_scanned=GIGABYTE, cost_usd=6.0)
    page = text(ana.get(ADDRESS))
    assert "<h3>This month</h3>" in page
    assert "As each analyst · renews <time" in page
    assert "<b>1.0 GB</b> of 4.0 GB read, 3.0 GB left" in page
    assert "<b>$6.00</b> of $8.00 spent, $2.00 left" in page
    assert '<progress value="75" max="100" aria-label="Spent this month">75 %</progress>' in page
    assert "Set a budget" not in page
    assert "Who spent what" not in page


def test_an_operator_sets_one_and_lifts_it(olga, ana):
    assert olga.post(ADDRESS, FORM).url == ADDRESS
    assert olga.post(ADDRESS, {**FORM, "whose": f"person:{ana.user.pk}"}).url == ADDRESS
    of_role, own = Budget.objects.order_by("id")
    assert (of_role.role, of_role.span, of_role.bytes_at_most, of_role.usd_at_most) == (
        "analyst", "day", 1_610_612_736, 2.0,
    )  # fmt: skip
    assert own.person == ana.user
    page = text(olga.get(ADDRESS))
    assert "The budget is set: ana, each day." in page
    assert "each analyst" in page
    assert olga.post(f"{ADDRESS}{own.pk}/lift/").url == ADDRESS
    assert list(Budget.objects.all()) == [of_role]
    assert olga.post(f"{ADDRESS}{own.pk}/lift/").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"gigabytes": "-1"},
        {"gigabytes": "1e300"},
        {"gigabytes": "lots"},
        {"usd_at_most": "nan"},
        {"usd_at_most": ""},
        {"whose": "role:king"},
        {"whose": "person:999999"},
        {"span": "week"},
    ],
)
def test_nonsense_is_told_beside_its_field(olga, wrong):
    answer = olga.post(ADDRESS, {**FORM, **wrong})
    assert answer.status_code == 422
    [field] = wrong
    assert f'id="id_{field}_error"' in text(answer)
    assert not Budget.objects.exists()


def test_nobody_else_sets_or_lifts_one(ana):
    there = Budget.objects.create(role=Role.ANALYST, span=Budget.Span.DAY, bytes_at_most=1, usd_at_most=1)
    refused = ana.post(ADDRESS, FORM)
    assert refused.status_code == 403
    lifted = ana.post(f"{ADDRESS}{there.pk}/lift/", follow=True)
    assert "needs the role operator" in text(lifted)
    assert Budget.objects.get().bytes_at_most == 1


def test_who_spent_what_is_told_to_operators(olga, ana):
    asked_now(ana.user, bytes_scanned=GIGABYTE, cost_usd=1234.5)
    assert '<td>ana</td> <td class="num" data-of="today">1.0 GB</td>' in text(olga.get(ADDRESS))
    assert "$1,234.50" in text(olga.get(ADDRESS))


def test_viewers_and_strangers_stay_outside():
    assert signed_in(Role.VIEWER).get(ADDRESS).status_code == 403
    assert Client().get(ADDRESS).status_code == 302
