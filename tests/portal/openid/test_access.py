"""What a program's access token may do at the portal's API: what a notebook's token may, as somebody, for an hour."""

import json
from datetime import timedelta

import pytest
from django.test import Client as Browser
from oauth2_provider.models import AccessToken

from notebooks.operations import keys as notebook_keys
from portal import clock
from portal.accounts import actors
from portal.accounts.models import Token
from portal.accounts.permissions import Role, Scope
from portal.openid import authentication
from tests import factories
from tests.portal.openid.conftest import bearing

QUERIES = "/api/v1/data/queries/"


def sent(token: str, address: str, body: dict):
    headers = {"Authorization": f"Bearer {token}"}
    return Browser().post(address, json.dumps(body), content_type="application/json", headers=headers)


def test_it_asks_in_its_persons_name(hub, analyst):
    mine, _ = factories.query(analyst), factories.query(factories.user(Role.ANALYST))
    answer = bearing(hub.tokens(analyst)["access_token"], QUERIES)
    assert answer.status_code == 200
    assert [query["token"] for query in answer.json()["results"]] == [mine.token]


def test_it_may_what_a_notebooks_token_may_and_as_long(hub, analyst):
    secret, now = hub.tokens(analyst)["access_token"], clock.now()
    found = authentication.token_of(secret, now=now)
    assert authentication.SCOPES == notebook_keys.SCOPES
    assert actors.from_token(found).scopes == frozenset(notebook_keys.SCOPES)
    assert actors.from_token(found).name == f"{analyst.username} (jupyterhub)"
    assert now < found.expires_at <= now + notebook_keys.LIFE
    assert authentication.token_of(secret, now=now + notebook_keys.LIFE) is None
    assert not Token.objects.exists()


@pytest.mark.parametrize(("scope", "left"), [("openid read", {Scope.READ}), ("openid query", {Scope.QUERY})])
def test_it_may_no_more_than_was_asked_for(hub, analyst, scope, left):
    secret = hub.tokens(analyst, scope=scope)["access_token"]
    assert actors.from_token(authentication.token_of(secret, now=clock.now())).scopes == left


def test_without_a_scope_for_the_data_it_is_no_token_here(hub, analyst):
    assert bearing(hub.tokens(analyst, scope="openid profile")["access_token"], QUERIES).status_code == 401


def test_it_moves_no_traffic_and_changes_nothing_whoever_its_person_is(hub):
    operator = factories.user(*Role)
    factories.environment(service=factories.service(slug="insights"))
    token = hub.tokens(operator)["access_token"]
    at = "/api/v1/environments/insights/production/"
    for address, body in (
        (f"{at}rollback/", {"note": "x"}),
        (f"{at}lock/", {"reason": "x"}),
        ("/api/v1/releases/", {}),
    ):
        answer = sent(token, address, body)
        assert answer.status_code == 403, address
        assert "This token has the scopes query, read" in str(answer.json())


@pytest.mark.parametrize("address", ["/accounts/tokens/", "/notebooks/", "/admin/", "/openid/authorize/"])
def test_it_opens_no_page(hub, analyst, address):
    assert bearing(hub.tokens(analyst)["access_token"], address).status_code == 302


def test_other_things_that_were_given_out_are_no_access_token(hub, analyst):
    code = hub.code(analyst)
    tokens = hub.tokens(analyst)
    for secret in (code, tokens["id_token"], tokens["refresh_token"], hub.secret, f"{tokens['access_token']}x"):
        assert bearing(secret, QUERIES).status_code == 401
        assert bearing(secret).status_code == 401
    assert bearing("", f"{QUERIES}?access_token={tokens['access_token']}").status_code in {401, 403}
    assert Browser().get(f"/openid/userinfo/?access_token={tokens['access_token']}").status_code == 401


def test_an_expired_one_is_over(hub, analyst):
    token = hub.tokens(analyst)["access_token"]
    AccessToken.objects.update(expires=clock.now() - timedelta(seconds=1))
    assert bearing(token, QUERIES).status_code == 401
    assert bearing(token).status_code == 401


def test_one_for_another_resource_is_none_of_ours(hub, analyst):
    token = hub.tokens(analyst, resource="https://elsewhere.example.org/")["access_token"]
    assert bearing(token, QUERIES).status_code == 401


def test_without_a_key_nothing_that_was_given_out_counts(hub, analyst, settings):
    token = hub.tokens(analyst)["access_token"]
    assert bearing(token, QUERIES).status_code == 200
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "OIDC_RSA_PRIVATE_KEY": ""}
    assert bearing(token, QUERIES).status_code == 401
