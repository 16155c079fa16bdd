"""The Hub's configuration: what it says of the portal is so, and its tokens are renewed once, in time."""

import asyncio
import runpy
import sys
from types import ModuleType

import pytest
from django.test import Client as Browser
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from portal.accounts.permissions import ALLOWED, Verb
from portal.configuration import BASE_DIR
from portal.openid.authentication import SCOPES

FILE = BASE_DIR / "docker" / "jupyterhub" / "jupyterhub_config.py"
ENVIRONMENT = {
    "PORTAL": "http://testserver/",
    "HUB": "https://hub.example.org",
    "CLIENT_ID": "the-client",
    "CLIENT_SECRET": "the-secret",
}


class Library:
    """Stands for oauthenticator's class, which only the Hub has installed."""

    def __init__(self):
        self.asked = []

    async def get_token_info(self, handler, params):
        self.asked.append(params)
        await asyncio.sleep(0)  # gives way, as the network does
        return {"access_token": f"token-{len(self.asked)}", "expires_in": 3600}

    async def token_to_user(self, token_info):
        return {"sub": "7"}


@pytest.fixture
def hub(monkeypatch):
    """What the file sets, and the class of its authenticator."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    generic = ModuleType("oauthenticator.generic")
    generic.GenericOAuthenticator = Library
    monkeypatch.setitem(sys.modules, "oauthenticator", ModuleType("oauthenticator"))
    monkeypatch.setitem(sys.modules, "oauthenticator.generic", generic)
    config = Config()
    names = runpy.run_path(str(FILE), {"get_config": lambda: config})
    return config, names["PortalAuthenticator"]


def test_the_hub_asks_where_the_portal_answers(hub, provider):
    told, known = hub[0].PortalAuthenticator, Browser().get("/openid/.well-known/openid-configuration").json()
    assert told.authorize_url == known["authorization_endpoint"]
    assert told.token_url == known["token_endpoint"]
    assert told.userdata_url == known["userinfo_endpoint"]
    assert set(told.scope) <= set(known["scopes_supported"])
    assert told.username_claim in known["claims_supported"]
    assert told.oauth_callback_url == "https://hub.example.org/hub/oauth_callback"


def test_it_lets_in_who_may_run_notebooks_and_asks_what_a_notebook_may(hub):
    told = hub[0].PortalAuthenticator
    assert told.allowed_groups == {role.value for role in ALLOWED[Verb.RUN_NOTEBOOK]}
    assert set(told.scope) == {"openid", "profile", *SCOPES}
    assert told.enable_auth_state
    assert told.manage_groups
    assert "admin_groups" not in told


def test_servers_are_closed_and_limited(hub):
    config = hub[0]
    limits = config.DockerSpawner.extra_host_config
    assert limits["cap_drop"] == ["ALL"]
    assert limits["security_opt"] == ["no-new-privileges"]
    assert limits["read_only"]
    assert config.Spawner.mem_limit
    assert config.Spawner.environment == {"COVID_PORTAL": "http://testserver", "COVID_TOKEN_FILE": "/run/portal/token"}
    assert not [scope for scope in config.Spawner.server_token_scopes if not scope.endswith(("!user", "!server"))]


def test_a_refresh_token_is_spent_once_however_many_ask(hub):
    async def together():
        authenticator = hub[1]()
        asking = {"grant_type": "refresh_token", "refresh_token": "the-only-one"}
        first, second = await asyncio.gather(*(authenticator.get_token_info(None, asking) for _ in range(2)))
        later = await authenticator.get_token_info(None, asking)
        assert first == second == later
        assert authenticator.asked == [asking]
        other = await authenticator.get_token_info(None, {**asking, "refresh_token": "another"})
        assert other["access_token"] == "token-2"

    asyncio.run(together())


def test_a_token_is_renewed_half_way_through_its_life(hub):
    async def half_way():
        authenticator = hub[1]()
        token = await authenticator.get_token_info(None, {"grant_type": "authorization_code", "code": "x"})
        assert await authenticator.token_to_user(token) == {"sub": "7"}
        with pytest.raises(HTTPClientError, match="half"):
            await authenticator.token_to_user({**token, "renew_at": token["renew_at"] - 1801})

    asyncio.run(half_way())
