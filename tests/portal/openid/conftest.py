"""A portal that is a provider, and a Hub registered with it that does what the protocol asks, or something else."""

import base64
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser
from oauthlib.common import generate_token
from oauthlib.oauth2 import WebApplicationClient

from portal.accounts.models import User
from portal.accounts.permissions import Role, Verb
from portal.openid import clients, keys
from portal.openid.models import Client
from tests import factories

CALLBACK = "https://hub.example.org/hub/oauth_callback"
SCOPE = ["openid", "profile", "query", "read"]


@pytest.fixture(scope="session")
def pem() -> str:
    return keys.make()


@pytest.fixture
def provider(settings, pem) -> None:
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "OIDC_RSA_PRIVATE_KEY": pem}


@dataclass
class Hub:
    """A client of the portal's. Every `changes` replaces what it would rightly send; None leaves it out."""

    client: Client
    secret: str
    browser: Browser = field(default_factory=Browser)
    verifier: str = field(default_factory=lambda: generate_token(64))

    def asking(self, **changes: str | None) -> dict[str, str]:
        challenge = WebApplicationClient(self.client.client_id).create_code_challenge(self.verifier, "S256")
        asked = {
            "client_id": self.client.client_id,
            "response_type": "code",
            "redirect_uri": self.client.redirect_uris,
            "scope": " ".join(SCOPE),
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def authorize(self, person: User | None, **changes: str | None):
        if person is not None:
            self.browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return self.browser.get("/openid/authorize/", self.asking(**changes))

    def code(self, person: User, **changes: str | None) -> str:
        return answer_of(self.authorize(person, **changes))["code"]

    def exchange(self, code: str, *, secret: str | None = None, **changes: str | None):
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris,
            "code_verifier": self.verifier,
            **changes,
        }
        return self.post("token", {k: v for k, v in asked.items() if v is not None}, secret=secret)

    def refresh(self, token: str, **more: str):
        return self.post("token", {"grant_type": "refresh_token", "refresh_token": token, **more})

    def post(self, where: str, form: dict[str, str], *, secret: str | None = None):
        pair = f"{self.client.client_id}:{self.secret if secret is None else secret}"
        basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
        # A client is no browser: it has no session.
        return Browser().post(f"/openid/{where}/", form, headers={"Authorization": basic})

    def tokens(self, person: User, **changes: str | None) -> dict[str, str]:
        return self.exchange(self.code(person, **changes)).json()


def answer_of(response) -> dict[str, str]:
    """What the redirect to the client carries."""
    assert response.status_code == 302, response.content
    assert response["Location"].startswith(f"{CALLBACK}?")
    return {name: value for name, (value,) in parse_qs(urlsplit(response["Location"]).query).items()}


def bearing(token: str, address: str = "/openid/userinfo/"):
    return Browser().get(address, headers={"Authorization": f"Bearer {token}"})


def registered(name: str = "jupyterhub", *, redirect: str = CALLBACK, verb: Verb | None = Verb.RUN_NOTEBOOK) -> Hub:
    by = factories.actor(Role.OPERATOR)
    return Hub(*clients.register(name, redirect_uri=redirect, verb=verb, by=by, now=factories.NOW))


@pytest.fixture
def hub(db, provider) -> Hub:
    return registered()


@pytest.fixture
def analyst(db) -> User:
    return factories.user(Role.ANALYST)
