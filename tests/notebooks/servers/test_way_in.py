"""HAProxy between browsers and notebook servers: who comes in, what they bring along, and what is taken from them."""

import httpx
import pytest

from notebooks.models import Ticket
from notebooks.operations import servers, tickets
from tests import factories
from tests.notebooks.servers.conftest import signed_in
from tests.portal.stack.running import await_true

pytestmark = pytest.mark.onprem
NAME = "verdigris_notebook"


def test_the_server_sees_the_ticket_and_no_other_secret(house, ticket):
    brought = f"csrftoken=1; verdigris_session=secret; {NAME}={ticket}; _xsrf=2|a; other=3"
    seen = house.get("/jupyter/1/api/me", Cookie=brought, Authorization="Bearer secret").json()
    assert seen["cookie"] == f"{NAME}={ticket}; _xsrf=2|a"
    assert "authorization" not in seen
    assert seen["path"] == "/jupyter/1/api/me"


@pytest.mark.parametrize(
    ("path", "kept"), [("sets-xsrf", "_xsrf=1; Path=/jupyter/1/"), ("sets-session", None), ("sets-both", None)]
)
def test_the_server_sets_no_cookie_of_the_portals(house, ticket, path, kept):
    answer = house.get(f"/jupyter/1/{path}", Cookie=f"{NAME}={ticket}")
    assert answer.status_code == 200
    assert answer.headers.get("set-cookie") == kept


def test_the_server_gets_no_worker_between_its_person_and_the_portal(house, ticket):
    assert "service-worker-allowed" not in house.get("/jupyter/1/x", Cookie=f"{NAME}={ticket}").headers
    assert house.get("/jupyter/1/x", Cookie=f"{NAME}={ticket}", Service_Worker="script").status_code == 403


def test_without_a_ticket_a_page_leads_to_signing_in_and_a_script_is_refused(house, server):
    page = house.get("/jupyter/1/lab/tree/a b?x=1&y=2", Accept="text/html")
    assert page.status_code == 302
    assert page.headers["location"] == "/notebooks/enter/1/?next=%2Fjupyter%2F1%2Flab%2Ftree%2Fa%2520b%3Fx%3D1%26y%3D2"
    assert house.get("/jupyter/1/api/me").status_code == 403
    assert httpx.post(f"{house.address}/jupyter/1/api/kernels", headers={"Accept": "text/html"}).status_code == 403


def test_a_ticket_opens_one_server_only(house, server, other):
    theirs = servers.start(person=other, now=factories.NOW)
    await_true(lambda: servers.answers(theirs), limit_s=20, what="the other server answers")
    ticket = tickets.issue(theirs, session_key=signed_in(user=other).session.session_key, now=factories.NOW)
    assert house.get("/jupyter/2/api/me", Cookie=f"{NAME}={ticket}").status_code == 200
    assert house.get("/jupyter/1/api/me", Cookie=f"{NAME}={ticket}").status_code == 403


def test_a_digest_is_no_ticket(house, ticket):
    digest = Ticket.objects.get().digest
    assert house.get("/jupyter/1/api/me", Cookie=f"{NAME}={digest}").status_code == 403


def test_a_new_ticket_ends_the_sessions_old_one(house, server, session, ticket):
    newer = tickets.issue(server, session_key=session, now=factories.NOW)
    assert house.get("/jupyter/1/api/me", Cookie=f"{NAME}={ticket}").status_code == 403
    assert house.get("/jupyter/1/api/me", Cookie=f"{NAME}={newer}").status_code == 200


def test_tickets_outlive_haproxy(house, ticket):
    house.supervisor.call("stopProcess", "haproxy")
    house.supervisor.call("startProcess", "haproxy")
    await_true(house.answers, limit_s=20, what="HAProxy answers again")
    assert house.get("/jupyter/1/api/me", Cookie=f"{NAME}={ticket}").status_code == 200


def test_a_page_says_that_no_server_runs(house, ticket):
    house.supervisor.call("stopProcess", "notebook-1")
    answer = house.get("/jupyter/1/lab", Cookie=f"{NAME}={ticket}")
    assert answer.status_code == 503
    assert "Your notebook server does not run" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/notebooks/whoami", 200),
        ("GET", "/api/v1/data/measures/", 200),
        ("POST", "/api/v1/data/queries/", 200),
        ("POST", "/api/v1/notebooks/pages/", 200),
        ("GET", "/api/v1/rollouts/1/", 200),
        ("POST", "/api/v1/rollouts/1/promote/", 404),
        ("GET", "/", 404),
        ("GET", "/notebooks/", 404),
        ("POST", "/notebooks/start/", 404),
        ("GET", "/admin/", 404),
        ("GET", "/api/v1/releases/", 404),
        ("GET", "/accounts/sign-in/", 404),
        ("GET", "/metrics", 404),
    ],
)
def test_the_door_shows_the_data_and_little_else(house, method, path, status):
    assert house.ask_at_the_door(method, path).status_code == status


def test_at_the_door_only_the_question_who_is_there_brings_a_cookie(house):
    claims = {
        "Cookie": "verdigris_session=1",
        "X-Forwarded-For": "9.9.9.9",
        "Host": "elsewhere",
        "X-Real-IP": "9.9.9.9",
    }
    seen = house.ask_at_the_door("GET", "/api/v1/data/measures/", **claims).json()
    assert "cookie" not in seen
    assert "9.9.9.9" not in seen.values()
    assert seen["host"] == "localhost"
    asked = house.ask_at_the_door("GET", "/notebooks/whoami", Cookie=f"{NAME}=1").json()
    assert asked["cookie"] == f"{NAME}=1"
