"""Slots, their servers and their tokens, with a real process supervisor."""

from datetime import timedelta

import pytest
from django.conf import settings

from notebooks import fence
from notebooks.models import Server, Ticket
from notebooks.operations import servers, tickets
from portal import runtime_paths
from portal.accounts import actors, tokens
from portal.accounts.models import Grant, Token
from portal.accounts.permissions import Role
from portal.audit.models import Event
from portal.configuration import Configuration
from tests import factories
from tests.factories import NOW
from tests.notebooks.servers.conftest import signed_in, token_of
from tests.portal.stack.running import await_true

pytestmark = pytest.mark.onprem
LATER = NOW + timedelta(minutes=5)


def test_a_person_gets_a_slot_with_a_token_that_may_ask_and_read(house, server, analyst):
    assert (server.slot, server.person) == (1, analyst)
    assert house.state(1) in {"STARTING", "RUNNING"}
    assert token_of(server).stat().st_mode & 0o777 == 0o600
    token = tokens.find(token_of(server).read_text(), now=NOW)
    assert token.owner == analyst
    assert token.scopes == ["query", "read"]
    assert token.expires_at == NOW + timedelta(hours=1)


def test_opening_again_gives_the_same_server(house, server, analyst):
    secret = token_of(server).read_text()
    again = servers.start(person=analyst, now=LATER)
    assert again == server
    assert token_of(server).read_text() == secret


def test_the_ledger_has_who_opened_and_what_was_freed(house, server, analyst):
    servers.start(person=analyst, now=LATER)
    servers.stop(server, now=LATER)
    told = [(one.verb, one.actor, one.sentence) for one in Event.objects.order_by("pk")]
    name = actors.from_user(analyst).name
    of_it = f"{name}'s server, slot 1."
    assert told == [("open_notebooks", name, of_it), ("end_notebooks", "Verdigris", of_it)]


def test_people_have_slots_of_their_own_until_none_is_left(house, server, other):
    assert servers.start(person=other, now=NOW).slot == 2
    with pytest.raises(servers.NotebookError, match=r"All 2 notebook servers .* are taken. Yours is not open"):
        servers.start(person=factories.user(Role.ANALYST), now=NOW)


def test_stopping_frees_the_slot_and_ends_what_it_gave(house, server, session, ticket, other):
    secret = token_of(server).read_text()
    folder = servers.work_folder(server.person)
    (folder / "kept.ipynb").write_text("kept")
    servers.stop(server, now=LATER)
    assert house.state(1) == "STOPPED"
    assert tokens.find(secret, now=LATER) is None
    assert not token_of(server).exists()
    assert house.get("/jupyter/1/api/me", Cookie=f"verdigris_notebook={ticket}").status_code == 403
    assert (folder / "kept.ipynb").read_text() == "kept"
    assert servers.start(person=other, now=LATER).slot == 1


def test_nobody_moves_in_beside_another(house, server, other):
    before = house.supervisor.call("getProcessInfo", servers.program(1))["pid"]
    server.delete()
    assert servers.start(person=other, now=LATER).slot == 1
    await_true(lambda: house.state(1) == "RUNNING", limit_s=10, what="the new one runs")
    assert house.supervisor.call("getProcessInfo", servers.program(1))["pid"] != before


def test_what_ended_by_itself_is_freed_but_not_what_just_starts(house, server):
    house.supervisor.call("stopProcess", servers.program(1))
    servers.settle(now=NOW + timedelta(seconds=5))
    assert Server.objects.exists()
    servers.settle(now=LATER)
    assert not Server.objects.exists()


def test_what_runs_is_left_alone(house, server):
    servers.settle(now=LATER)
    assert Server.objects.get() == server
    assert house.state(1) in {"STARTING", "RUNNING"}


@pytest.mark.parametrize("is_gone", [False, True])
def test_somebody_who_may_not_any_more_loses_the_server(house, server, analyst, is_gone):
    if is_gone:
        analyst.is_active = False
        analyst.save()
    else:
        Grant.objects.filter(user=analyst).delete()
    servers.settle(now=LATER)
    assert not Server.objects.exists()
    assert house.state(1) == "STOPPED"


def test_a_token_is_renewed_at_half_its_life_and_the_old_one_ends_by_itself(house, server):
    first = token_of(server).read_text()
    servers.settle(now=NOW + timedelta(minutes=29))
    assert token_of(server).read_text() == first
    half = NOW + timedelta(minutes=31)
    servers.settle(now=half)
    second = token_of(server).read_text()
    assert second != first
    assert tokens.find(first, now=half)
    assert tokens.find(second, now=half)
    servers.settle(now=NOW + timedelta(minutes=62))
    assert tokens.find(first, now=NOW + timedelta(minutes=62)) is None
    assert Token.objects.filter(owner=server.person).count() == 2, "what is over is not kept"


def test_without_a_supervisor_it_says_so_and_a_look_changes_nothing(db, analyst, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "STATE_DIR", tmp_path / "elsewhere")
    runtime_paths.make_folders(settings.STATE_DIR)
    with pytest.raises(
        servers.NotebookError, match=r"supervisor does not answer .*\. Your notebook is not open; nothing"
    ):
        servers.start(person=analyst, now=NOW)
    servers.settle(now=LATER)
    assert Server.objects.count() == 1


def test_without_slots_notebooks_are_off(db, analyst, monkeypatch):
    monkeypatch.setattr(settings, "CONFIGURATION", Configuration(notebook_slots=0))
    with pytest.raises(servers.NotebookError, match="turned off here"):
        servers.start(person=analyst, now=NOW)


def test_a_machine_without_a_fence_keeps_notebooks_off_unless_an_operator_wants_them(db, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(servers, "_FENCED", type(servers._FENCED)())
    assert servers.reason_against().startswith("This machine can't fence notebooks in: bubblewrap is not installed")
    monkeypatch.setattr(settings, "CONFIGURATION", Configuration(notebooks_unfenced=True))
    assert servers.reason_against() == ""


@pytest.mark.parametrize("what", ["nothing", "signed out", "password", "inactive", "somebody else"])
def test_a_ticket_is_worth_what_its_session_is(server, ticket, analyst, other, what):
    if what == "signed out":
        Ticket.objects.get().session.delete()
    elif what == "password":
        analyst.set_password("another one entirely")
        analyst.save()
    elif what == "inactive":
        analyst.is_active = False
        analyst.save()
    elif what == "somebody else":
        ticket = tickets.issue(server, session_key=signed_in(user=other).session.session_key, now=NOW)
    assert (tickets.holder(ticket) == server) is (what == "nothing")


def test_the_persons_folder_is_theirs_and_lies_outside_the_slot(house, server):
    folder = servers.work_folder(server.person)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.is_relative_to(runtime_paths.run_folder(settings.STATE_DIR))
    if fence.os.geteuid() == 0:
        assert folder.stat().st_uid == fence.FIRST_USER + server.person_id


def test_an_answer_is_looked_for_on_the_slots_own_socket(house, server):
    house.supervisor.call("stopProcess", servers.program(1))
    await_true(lambda: not servers.answers(server), limit_s=5, what="it answers no more")
