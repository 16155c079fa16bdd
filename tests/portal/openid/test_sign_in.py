"""Somebody signs in to a program through the portal, by a client library and over HTTP."""

import re
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client as Browser
from jwcrypto import jwk, jwt
from oauthlib.oauth2 import WebApplicationClient

from portal.accounts.permissions import Role
from tests import factories
from tests.portal.openid.conftest import CALLBACK, SCOPE, answer_of, bearing, registered

PASSWORD = "correct horse battery staple"


def test_the_whole_way_from_a_program_to_the_sign_in_page_and_back(live_server, provider, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the test's portal speaks HTTP
    hub, person = registered(), factories.user(Role.ANALYST, Role.DEVELOPER, username="anna")
    person.set_password(PASSWORD)
    person.save()
    with httpx.Client(base_url=live_server.url) as browser, httpx.Client(base_url=live_server.url) as program:
        known = program.get("/openid/.well-known/openid-configuration").json()
        library = WebApplicationClient(hub.client.client_id)
        verifier = library.create_code_verifier(64)
        asking = library.prepare_request_uri(
            known["authorization_endpoint"],
            redirect_uri=CALLBACK,
            scope=SCOPE,
            state="the-state",
            nonce="the-nonce",
            code_challenge=library.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
        )
        arrived = through_the_sign_in_page(browser, asking)
        library.parse_request_uri_response(arrived, state="the-state")
        body = library.prepare_request_body(library.code, redirect_uri=CALLBACK, code_verifier=verifier)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = program.post(
            known["token_endpoint"], content=body, headers=form, auth=(hub.client.client_id, hub.secret)
        )
        tokens = library.parse_request_body_response(answer.text, scope=SCOPE)
        assert answer.headers["Cache-Control"] == "no-store"

        keys = jwk.JWKSet.from_json(program.get(known["jwks_uri"]).text)
        claims = jwt.json_decode(jwt.JWT(jwt=tokens["id_token"], key=keys, algs=["RS256"]).claims)
        assert claims["iss"] == known["issuer"] == f"{live_server.url}/openid"
        assert (claims["aud"], claims["nonce"]) == (hub.client.client_id, "the-nonce")
        assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 3600
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        told = program.get(known["userinfo_endpoint"], headers=bearer).json()
    expected = {
        "sub": str(person.pk),
        "preferred_username": "anna",
        "name": "anna",
        "groups": ["analyst", "developer", "viewer"],
    }
    assert told == expected
    assert {name: claims[name] for name in expected} == expected


def through_the_sign_in_page(browser: httpx.Client, address: str) -> str:
    page = browser.get(address, follow_redirects=True)
    assert page.url.path == "/accounts/sign-in/"
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text.replace("&amp;", "&")))
    form = {**hidden, "username": "anna", "password": PASSWORD}
    gone_on = browser.post(page.url, data=form, follow_redirects=True)
    # A form may lead to this origin alone: a page stands between it and the program's address.
    assert gone_on.url.path == "/openid/go-on/"
    last = browser.get(gone_on.headers["Refresh"].removeprefix("0; url="))
    assert last.status_code == 302
    return last.headers["Location"]


def test_what_is_told_of_the_provider_is_what_it_does(hub):
    known = Browser().get("/openid/.well-known/openid-configuration").json()
    assert known["response_types_supported"] == ["code"]
    assert known["code_challenge_methods_supported"] == ["S256"]
    assert set(known["scopes_supported"]) == set(SCOPE)
    assert set(known["claims_supported"]) == {"sub", "preferred_username", "name", "groups"}
    also = Browser().get("/openid/.well-known/oauth-authorization-server").json()
    assert also["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert also["issuer"] == known["issuer"]
    addresses = [value for name, value in known.items() if name.endswith(("_endpoint", "_uri"))]
    assert addresses
    assert {urlsplit(address).netloc for address in addresses} == {"testserver"}


def test_the_answer_names_its_issuer_and_gives_the_state_back(hub, analyst):
    answer = answer_of(hub.authorize(analyst))
    assert (answer["state"], answer["iss"]) == ("the-state", "http://testserver/openid")


def test_without_the_scope_a_name_and_roles_stay_here(hub, analyst):
    tokens = hub.tokens(analyst, scope="openid")
    assert bearing(tokens["access_token"]).json() == {"sub": str(analyst.pk)}


def test_a_program_may_ask_for_a_fresh_sign_in(hub, analyst):
    response = hub.authorize(analyst, prompt="login")
    assert response["Location"].startswith("/accounts/sign-in/?next=/openid/go-on/")
    assert "prompt" not in response["Location"]
    assert "_auth_user_id" not in hub.browser.session


def test_a_program_may_ask_without_disturbing_anybody(hub):
    assert answer_of(hub.authorize(None, prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("where", ["authorize", "go-on", "token", "revoke", "userinfo", ".well-known/jwks.json"])
def test_without_a_key_there_is_no_provider(hub, analyst, settings, where):
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "OIDC_RSA_PRIVATE_KEY": ""}
    address = f"/openid/{where}" if where.startswith(".") else f"/openid/{where}/"
    hub.browser.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    assert hub.browser.get(address, hub.asking()).status_code == 404
    assert hub.browser.post(address).status_code == 404
    assert hub.browser.get("/openid/.well-known/openid-configuration").status_code == 404


@pytest.mark.parametrize(
    "path", ["applications/", "applications/register/", "authorized_tokens/", "introspect/", "device/", "register/"]
)
def test_the_librarys_other_pages_are_not_there(hub, path):
    hub.browser.force_login(factories.user(Role.OPERATOR), backend="django.contrib.auth.backends.ModelBackend")
    assert hub.browser.get(f"/openid/{path}").status_code == 404
    assert hub.browser.post(f"/openid/{path}").status_code == 404


def test_nothing_of_it_stands_in_the_admin(hub, admin_client):
    assert admin_client.get("/admin/").status_code == 200
    for path in ("openid/client/", "oauth2_provider/accesstoken/", "oauth2_provider/grant/"):
        assert admin_client.get(f"/admin/{path}").status_code == 404
