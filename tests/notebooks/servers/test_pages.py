"""The page from which a notebook is opened, the way into it, and what servers are told about who is there."""

from datetime import timedelta

import pytest

from notebooks.models import Server
from notebooks.operations import servers
from portal.accounts.models import Grant
from portal.accounts.permissions import Role
from portal.configuration import Configuration
from tests import factories
from tests.factories import NOW
from tests.notebooks.servers.conftest import signed_in
from tests.portal.stack.running import await_true

pytestmark = pytest.mark.onprem
COOKIE = "verdigris_notebook"


@pytest.fixture
def visitor(analyst):
    return signed_in(user=analyst)


def entered(visitor, slot=1):
    """Follows the way in; gives the answer with the ticket."""
    address = f"/notebooks/enter/{slot}/?next=/jupyter/{slot}/lab/tree/work/a.ipynb"
    await_true(lambda: visitor.get(address).status_code == 302, limit_s=20, what="the way in is open")
    return visitor.get(address)


def test_from_the_button_to_the_lab(house, visitor):
    assert "None runs for you. 0 of 2 on this machine are taken." in visitor.get("/notebooks/").content.decode()
    answer = visitor.post("/notebooks/start/", {"path": "lab/tree/collection/waves.ipynb"})
    assert answer["Location"] == "/notebooks/enter/1/?next=%2Fjupyter%2F1%2Flab%2Ftree%2Fcollection%2Fwaves.ipynb"
    answer = entered(visitor)
    assert answer["Location"] == "/jupyter/1/lab/tree/work/a.ipynb"
    cookie = answer.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/jupyter/1/", True, "Lax")
    assert house.get("/jupyter/1/lab", Cookie=f"{COOKIE}={cookie.value}").status_code == 200
    assert "Open JupyterLab" in visitor.get("/notebooks/").content.decode()


def test_a_page_waits_while_it_starts_and_then_leads_there(house, visitor, server):
    house.supervisor.call("stopProcess", "notebook-1")
    address = "/notebooks/enter/1/?next=/jupyter/1/lab"
    assert 'hx-trigger="every 1s"' in visitor.get(address).content.decode()
    asked = visitor.get(address, headers={"HX-Request": "true"})
    assert (asked.status_code, "HX-Redirect" in asked) == (204, False)
    house.supervisor.call("startProcess", "notebook-1")
    await_true(lambda: visitor.get(address).status_code == 302, limit_s=20, what="the way in is open")
    assert visitor.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == address


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere", "/admin/", "/jupyter/2/lab", ""])
def test_it_leads_nowhere_else(house, visitor, server, wanted):
    assert visitor.get("/notebooks/enter/1/", {"next": wanted})["Location"] == "/jupyter/1/lab"


def test_nobody_enters_anothers_server(house, server, other):
    answer = signed_in(user=other).get("/notebooks/enter/1/", follow=True)
    assert "That notebook server is not yours" in answer.content.decode()
    assert COOKIE not in answer.cookies


def test_a_viewer_sees_none_of_it(house, db):
    viewer = signed_in()
    assert viewer.get("/notebooks/").status_code == 403
    assert viewer.post("/notebooks/start/").status_code == 403
    assert "Notebooks" not in viewer.get("/").content.decode()


def test_who_is_not_signed_in_signs_in_first(house, client, db):
    answer = client.get("/notebooks/enter/1/?next=/jupyter/1/lab")
    assert answer["Location"].startswith("/accounts/sign-in/?next=/notebooks/enter/1/")


def test_stopping_says_what_is_kept(house, visitor, server):
    answer = visitor.post("/notebooks/stop/", follow=True)
    assert "Your notebook server is stopped. What was saved is kept." in answer.content.decode()
    assert not Server.objects.exists()


def test_a_server_is_told_who_is_there(house, client, server, ticket, analyst):
    client.cookies[COOKIE] = ticket
    told = client.get("/notebooks/whoami").json()
    assert told == {"person": analyst.pk, "username": analyst.username, "name": analyst.shown_name}
    server.refresh_from_db()
    assert server.seen_at > NOW + timedelta(minutes=1)


def test_nobody_is_there_without_a_ticket_or_without_the_role(house, client, server, ticket, analyst):
    assert client.get("/notebooks/whoami").status_code == 403
    client.cookies[COOKIE] = ticket
    assert client.get("/notebooks/whoami").status_code == 200
    Grant.objects.filter(user=analyst).delete()
    assert client.get("/notebooks/whoami").status_code == 403
    assert client.post("/notebooks/whoami").status_code == 405


def test_where_there_is_no_fence_the_page_says_so_and_has_no_button(house, visitor, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(servers, "_FENCED", type(servers._FENCED)())
    page = visitor.get("/notebooks/").content.decode()
    assert "This machine can&#x27;t fence notebooks in: bubblewrap is not installed" in page
    assert "Open a notebook" not in page
    settings.CONFIGURATION = Configuration(notebooks_unfenced=True)
    page = visitor.get("/notebooks/").content.decode()
    assert "Notebooks run without a fence here" in page
    assert "Open a notebook" in page


def test_an_operator_and_a_developer_may_too(house, db):
    for role in (Role.DEVELOPER, Role.OPERATOR, Role.APPROVER):
        assert signed_in(role).get("/notebooks/").status_code == 200


def test_a_question_of_the_workbench_opens_in_a_notebook(house, visitor, analyst):
    query = factories.query(analyst, sql="SELECT :n AS n", parameters=[{"name": "n", "type": "bigint", "value": 3}])
    answer = visitor.post(f"/notebooks/ask/{query.token}/")
    name = f"query-{query.token[:12]}.ipynb"
    assert answer["Location"].endswith(f"next=%2Fjupyter%2F1%2Flab%2Ftree%2Fwork%2F{name}")
    written = servers.work_folder(analyst) / name
    assert "SELECT :n AS n" in written.read_text()
    assert "n = 3" in written.read_text()
    written.write_text("changed since")
    visitor.post(f"/notebooks/ask/{query.token}/")
    assert written.read_text() == "changed since"
    assert visitor.post("/notebooks/ask/nothing/").status_code == 404


def test_a_link_where_the_notebook_would_go_is_not_followed(house, visitor, analyst, tmp_path):
    query = factories.query(analyst)
    folder = servers.work_folder(analyst)
    folder.mkdir(parents=True)
    (tmp_path / "victim").write_text("safe")
    (folder / f"query-{query.token[:12]}.ipynb").symlink_to(tmp_path / "victim")
    visitor.post(f"/notebooks/ask/{query.token}/")
    assert (tmp_path / "victim").read_text() == "safe"
