"""One sign-in opens one's own notebook server, and nothing opens anybody else's."""

import re
from collections.abc import Iterator

import httpx
import pytest
import websocket

from tests.journeys import labs, people
from tests.journeys.conftest import sentence_of
from tests.journeys.labs import PAGE, TICKET, Lab
from tests.journeys.people import Person
from tests.portal.stack.running import Stack, await_true

pytestmark = [pytest.mark.onprem, pytest.mark.alone]
PAGES = {"Accept": "text/html"}
GUARDED = ("lab", "api/contents", "api/kernels", "api/me", "files/work/x", "lab/api/settings", "metrics", "api/status")


@pytest.fixture(scope="module")
def ana(stack: Stack) -> Iterator[Person]:
    person = people.sign_in(stack, "ana")
    yield person
    person.press("/notebooks/stop/", seen_on=PAGE)
    person.client.close()


@pytest.fixture(scope="module")
def lab(ana: Person) -> Lab:
    return labs.open_lab(ana)


@pytest.fixture
def stranger(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://localhost:{stack.port}", timeout=20) as client:
        yield client


def test_the_lab_knows_who_signed_in_to_the_portal(lab: Lab) -> None:
    assert lab.get("api/me").json()["identity"]["name"] == "Ana Analyst"
    assert lab.get("lab").status_code == 200


def test_nobody_comes_in_without_signing_in(lab: Lab, stranger: httpx.Client) -> None:
    answer = stranger.get(f"{lab.path}lab", headers=PAGES, follow_redirects=True)
    assert answer.url.path == "/accounts/sign-in/"
    assert "next=/notebooks/enter/" in str(answer.url)
    for path in GUARDED:
        assert stranger.get(f"{lab.path}{path}").status_code == 403, path


@pytest.mark.parametrize("ticket", ["", "forged", "0", "x" * 5000, "a b", "1; verdigris_notebook=2"])
def test_a_forged_ticket_opens_nothing(lab: Lab, stranger: httpx.Client, ticket: str) -> None:
    for path in GUARDED:
        assert stranger.get(f"{lab.path}{path}", headers={"Cookie": f"{TICKET}={ticket}"}).status_code in {400, 403}


def test_the_portals_session_alone_opens_nothing(lab: Lab, ana: Person, stranger: httpx.Client) -> None:
    session = lab.cookie("verdigris_session")
    answer = stranger.get(f"{lab.path}api/me", headers={"Cookie": f"verdigris_session={session}"})
    assert answer.status_code == 403


def test_another_persons_ticket_opens_only_their_own_server(lab: Lab, stack: Stack, stranger: httpx.Client) -> None:
    dora = people.sign_in(stack, "dora")
    hers = labs.open_lab(dora)
    try:
        assert hers.slot != lab.slot
        ticket = {"Cookie": f"{TICKET}={hers.cookie(TICKET)}"}
        assert stranger.get(f"{hers.path}api/me", headers=ticket).json()["identity"]["username"] == "dora"
        for path in GUARDED:
            assert stranger.get(f"{lab.path}{path}", headers=ticket).status_code == 403, path
        told = dora.client.get(f"{lab.path}lab", headers=PAGES, follow_redirects=True)
        assert "That notebook server is not yours" in sentence_of(told.text)
        assert lab.run(lab.kernel(), "import os; print(os.listdir('/home/analyst'))") == "['collection', 'work']"
    finally:
        dora.press("/notebooks/stop/", seen_on=PAGE)
    gone = stranger.get(f"{hers.path}api/me", headers=ticket)
    assert gone.status_code == 403


def test_a_viewer_opens_nothing(lab: Lab, stack: Stack) -> None:
    vera = people.sign_in(stack, "vera")
    for path in (PAGE, f"/notebooks/enter/{lab.slot}/"):
        assert vera.client.get(path).status_code == 403
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', vera.see("/accounts/profile/"))
    assert token
    assert vera.client.post("/notebooks/start/", data={"csrfmiddlewaretoken": token[1]}).status_code == 403


def test_what_changes_something_needs_the_labs_own_token(lab: Lab, stack: Stack) -> None:
    for method, path in (("POST", "api/kernels"), ("PUT", "api/contents/work/x.txt"), ("DELETE", "api/contents/work")):
        assert lab.person.client.request(method, f"{lab.path}{path}").status_code == 403, path
    foreign = {"Origin": "https://elsewhere.example", "X-XSRFToken": "guessed"}
    # Jupyter's own word for a request of another site.
    assert lab.person.client.post(f"{lab.path}api/kernels", headers=foreign).status_code == 404
    assert lab.person.client.post("/notebooks/start/").status_code == 403


def test_a_kernels_channel_asks_who_is_there(lab: Lab) -> None:
    kernel = lab.kernel()
    for how in ({"cookie": ""}, {"cookie": f"{TICKET}=forged"}, {"origin": "https://elsewhere.example"}):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            lab.channel(kernel, **how)
        assert refused.value.status_code == 403, how
    assert lab.run(kernel, "print(6 * 7)") == "42"


@pytest.mark.parametrize(
    "path", ["//jupyter/{0}/api/me", "/jupyter/{0}//../{0}/api/me", "/jupyter/%31/api/me", "/JUPYTER/{0}/api/me",
             "/jupyter/{0};/api/me", "/static/../jupyter/{0}/api/me", "/jupyter/{0}/../../admin/", "/jupyter/99/api/me"]
)  # fmt: skip
def test_no_spelling_of_the_path_goes_around_the_ticket(lab: Lab, stack: Stack, path: str) -> None:
    status, body = stack.get(path.format(lab.slot))
    assert status in {301, 302, 403, 404}
    assert b"identity" not in body


def test_where_it_leads_after_signing_in_is_within_ones_own_server(lab: Lab) -> None:
    for wanted in ("https://elsewhere.example/", "//elsewhere.example", "/admin/", "/jupyter/9/lab", "\\\\elsewhere"):
        answer = lab.person.client.get(f"/notebooks/enter/{lab.slot}/", params={"next": wanted})
        assert answer.headers["location"] == f"{lab.path}lab"


def test_signing_out_ends_what_the_ticket_opens(stack: Stack, lab: Lab) -> None:
    ana = people.sign_in(stack, "ana")
    mine = labs.open_lab(ana)
    assert mine.slot == lab.slot
    ticket = {"Cookie": f"{TICKET}={mine.cookie(TICKET)}"}
    assert mine.get("api/me").status_code == 200
    ana.press("/accounts/sign-out/", seen_on=PAGE)
    await_true(lambda: ana.client.get(f"{mine.path}api/me", headers=ticket).status_code == 403, limit_s=15, what="out")
    assert lab.get("api/me").status_code == 200, "the other browser stays signed in"
