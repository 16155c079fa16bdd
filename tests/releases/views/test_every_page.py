"""Every page, for every role and for nobody: it renders, keeps its policy, and asks strangers to sign in."""

import pytest
from django.test import Client

from portal.accounts.permissions import Role
from releases.rules.states import State
from tests import factories
from tests.releases.views.conftest import environment, rollout, signed_in

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/waiting/",
    "/waiting/count/",
    "/freezes/",
    "/ledger/",
    "/accounts/profile/",
    "/accounts/password/",
    "/accounts/tokens/",
    "/services/shop/",
    "/services/shop/releases/1.1.0/",
    "/services/shop/environments/production/",
    "/rollouts/{pk}/",
    *(f"/rollouts/{{pk}}/panels/{name}/" for name in ("announce", "now", "decide", "checks", "approvals", "timeline")),
]


@pytest.fixture
def pk():
    return rollout(State.READY, environment(service=factories.service(slug="shop"))).pk


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", [None, *Role])
def test_everybody_who_signed_in_may_read(pk, page, role):
    answer = signed_in(*([role] if role else [])).get(page.format(pk=pk))
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.content.decode()
    assert "<script>" not in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_may(pk, page):
    answer = Client().get(page.format(pk=pk))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/sign-in/?next=")


def test_a_panel_of_somebody_who_signed_out_loads_the_page_again(pk):
    answer = Client().get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")


@pytest.mark.parametrize(
    "page",
    ["/services/none/", "/services/shop/releases/9/", "/services/shop/environments/x/", "/rollouts/99999/", "/nothing"],
)
def test_what_is_not_there_says_so(pk, page):
    answer = signed_in().get(page)
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


@pytest.mark.parametrize("state", list(State))
def test_a_rollout_renders_in_every_state(state):
    place = environment()
    seen = 50 if state in (State.SHIFTING, State.ROLLBACK_FAILED) else 0
    page = (
        signed_in(Role.APPROVER).get(f"/rollouts/{rollout(state, place, asked=seen, seen=seen).pk}/").content.decode()
    )
    is_over = state in (State.SUCCEEDED, State.ROLLED_BACK, State.REJECTED, State.CANCELLED, State.SUPERSEDED)
    assert ('id="roll_back"' in page) is not is_over
    assert ("every 2s" in page or "every 15s" in page) is not is_over


@pytest.mark.parametrize("page", ["/", "/waiting/", "/freezes/", "/ledger/"])
def test_an_empty_portal_says_what_to_do(page):
    assert signed_in().get(page).status_code == 200


def test_a_form_without_its_token_is_refused_in_plain_words(pk):
    client = Client(enforce_csrf_checks=True)
    client.force_login(signed_in(Role.APPROVER).user)
    answer = client.post(f"/rollouts/{pk}/roll_back/")
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()
