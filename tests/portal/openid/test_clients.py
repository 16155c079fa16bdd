"""Registering and removing programs, at the terminal and in the ledger; and the key."""

import io
import stat

import pytest
from django.core.management import CommandError, call_command
from oauth2_provider.models import AccessToken

from portal import secrets_file
from portal.accounts.permissions import Role, Verb
from portal.audit.models import Event
from portal.openid import checks, clients, keys
from portal.openid.models import Client
from tests import factories
from tests.portal.openid.conftest import CALLBACK, Hub, bearing


@pytest.fixture
def operator(db):
    return factories.user(Role.OPERATOR, username="olga")


def told(*words: str) -> str:
    out = io.StringIO()
    call_command("openid", *words, stdout=out)
    return out.getvalue()


def register(redirect: str = CALLBACK, username: str = "olga") -> str:
    return told("register", "jupyterhub", "--redirect", redirect, "--needs", "run_notebook", "--as", username)


def test_registered_at_the_terminal_it_works_and_stands_in_the_ledger(provider, operator, analyst):
    lines = dict(line.split("=", 1) for line in register().splitlines() if "=" in line)
    client = Client.objects.get()
    assert lines["client_id"] == client.client_id
    assert client.verb == Verb.RUN_NOTEBOOK
    assert bearing(Hub(client, lines["client_secret"]).tokens(analyst)["access_token"]).status_code == 200
    event = Event.objects.get(verb="register_client")
    assert event.actor == "olga (terminal)"
    assert event.sentence == f"jupyterhub at {CALLBACK}, for people who may run_notebook."
    assert lines["client_secret"] not in event.sentence
    listed = told("list")
    assert client.client_id in listed
    assert lines["client_secret"] not in listed


def test_removed_it_has_nothing_any_more(hub, operator, analyst):
    token = hub.tokens(analyst)["access_token"]
    told("remove", "jupyterhub", "--as", "olga")
    assert bearing(token).status_code == 401
    assert bearing(token, "/api/v1/data/queries/").status_code == 401
    assert hub.authorize(analyst).status_code == 400
    assert not AccessToken.objects.exists()
    assert Event.objects.get(verb="remove_client").sentence == "jupyterhub, and what it was given."


def test_only_operators_do_it(hub, db):
    factories.user(Role.APPROVER, username="anna")
    for words in (["remove", "jupyterhub"], ["register", "other", "--redirect", CALLBACK]):
        with pytest.raises(CommandError, match="Only operators") as refusal:
            told(*words, "--as", "anna")
        assert refusal.value.returncode == 1
    assert Client.objects.count() == 1


@pytest.mark.parametrize(
    "redirect",
    [
        "http://hub.example.org/hub/oauth_callback",
        "http://127.0.0.1.example.org/",
        "https://hub.example.org/ https://evil.example.org/",
        "https://hub.example.org/#fragment",
        "https:///hub",
        "javascript:alert(1)",
        "hub.example.org",
        "",
    ],
)
def test_no_code_goes_to_an_address_that_anybody_could_read(provider, operator, redirect):
    with pytest.raises(CommandError, match="Nothing was changed") as refusal:
        register(redirect)
    assert refusal.value.returncode == 2
    assert not Client.objects.exists()
    assert not Event.objects.exists()


def test_a_name_is_given_once_and_an_unknown_one_is_said(hub, operator):
    for words in (["register", "jupyterhub", "--redirect", CALLBACK], ["remove", "other"], ["remove", "jupyterhub"]):
        username = "nobody" if words == ["remove", "jupyterhub"] else "olga"
        with pytest.raises(CommandError, match="Nothing was changed"):
            told(*words, "--as", username)
    assert Client.objects.count() == 1


def test_without_a_key_nothing_is_registered(operator):
    with pytest.raises(CommandError, match="no key to sign with"):
        register()


def test_the_key_is_kept_once_and_read_by_its_owner_alone(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    assert "provider" in told("key")
    path = tmp_path / "secrets" / keys.NAME
    pem = secrets_file.read(tmp_path, keys.NAME, None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.problem_with(pem) == ""
    with pytest.raises(CommandError, match="There is a key"):
        told("key")
    assert path.read_text() == pem
    assert [file.name for file in path.parent.iterdir()] == [keys.NAME]
    assert keys.problem_with(told("key", "--print")) == ""


def test_a_key_that_can_not_sign_is_found_at_the_start(settings, provider):
    assert checks.openid_key() == []
    for wrong in ("not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "OIDC_RSA_PRIVATE_KEY": wrong}
        assert [error.id for error in checks.openid_key()] == ["portal.E007"]


def test_a_client_needs_a_name(provider, db):
    with pytest.raises(clients.ClientError, match="name"):
        clients.register(" ", redirect_uri=CALLBACK, verb=None, by=factories.actor(Role.OPERATOR), now=factories.NOW)
