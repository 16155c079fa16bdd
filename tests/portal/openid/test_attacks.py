"""What an attacker, a careless program or somebody whose access ended tries: each is refused, and learns nothing."""

from datetime import timedelta

import pytest
from oauth2_provider.models import AccessToken, Grant, RefreshToken

from portal import clock
from portal.accounts.permissions import Role
from portal.openid.models import Client
from portal.openid.tasks import sweep_tokens
from tests import factories
from tests.portal.openid.conftest import CALLBACK, answer_of, bearing, registered

ELSEWHERE = (
    "https://evil.example.org/hub/oauth_callback",
    "https://hub.example.org.evil.example.org/hub/oauth_callback",
    "https://hub.example.org@evil.example.org/hub/oauth_callback",
    "https://hub.example.org/hub/oauth_callback/",
    "https://hub.example.org/hub/oauth_callback?next=1",
    "https://hub.example.org/hub/oauth_callback#",
    "https://hub.example.org:444/hub/oauth_callback",
    "http://hub.example.org/hub/oauth_callback",
    "https://HUB.example.org/hub/oauth_callback",
    "//evil.example.org/",
    "javascript:alert(1)",
    "",
)


def refused(response) -> str:
    assert response.status_code in {400, 401}, response.content
    assert "access_token" not in response.json()
    return response.json()["error"]


@pytest.mark.parametrize("redirect", ELSEWHERE)
@pytest.mark.parametrize("more", [{}, {"prompt": "none"}, {"scope": "everything"}, {"response_type": "token"}])
def test_nothing_is_sent_to_an_address_that_was_not_registered(hub, analyst, redirect, more):
    response = hub.authorize(analyst, redirect_uri=redirect, **more)
    assert response.status_code == 400
    assert "Location" not in response
    assert b"evil" not in response.content
    assert not Grant.objects.exists()


def test_who_is_not_signed_in_is_led_to_our_own_page_whatever_was_asked(hub):
    for redirect in ELSEWHERE:
        assert hub.authorize(None, redirect_uri=redirect)["Location"].startswith(
            "/accounts/sign-in/?next=/openid/go-on/"
        )
        assert hub.authorize(None, redirect_uri=redirect, prompt="none").status_code == 400


def test_the_page_after_the_sign_in_goes_on_to_this_portal_alone(hub, analyst):
    hub.browser.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    page = hub.browser.get('/openid/go-on/?x="><script>&url=//evil.example.org;url=https://evil.example.org')
    assert page["Refresh"].startswith("0; url=/openid/authorize/?x=%22%3E%3Cscript%3E&url=%2F%2Fevil")
    assert b"<script>" not in page.content


def test_a_loopback_address_has_the_port_that_was_registered(provider, db, analyst):
    hub = registered(redirect="http://127.0.0.1:8080/hub/oauth_callback")
    assert hub.authorize(analyst).status_code == 302
    assert hub.authorize(analyst, redirect_uri="http://127.0.0.1:9090/hub/oauth_callback").status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"response_type": "token"},
        {"response_type": "id_token"},
        {"response_type": "code id_token"},
        {"scope": "openid configure"},
        {"scope": "openid record roll_out"},
    ],
)
def test_no_code_without_a_challenge_and_for_nothing_but_a_code(hub, analyst, changes):
    answer = answer_of(hub.authorize(analyst, **changes))
    assert "code" not in answer
    assert answer["error"] in {"invalid_request", "unauthorized_client", "invalid_scope"}
    assert answer["state"] == "the-state"
    assert not Grant.objects.exists()


def test_a_page_of_another_site_can_not_post_its_way_in(hub, analyst):
    hub.browser.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    assert hub.browser.post("/openid/authorize/", {**hub.asking(), "allow": "true"}).status_code == 405


@pytest.mark.parametrize("verifier", [None, "", "x" * 64])
def test_a_stolen_code_is_worth_nothing_without_the_verifier(hub, analyst, verifier):
    code = hub.code(analyst)
    assert refused(hub.exchange(code, code_verifier=verifier)) in {"invalid_grant", "invalid_request"}
    assert not AccessToken.objects.exists()


def test_a_code_counts_once(hub, analyst):
    code = hub.code(analyst)
    assert hub.exchange(code).status_code == 200
    assert refused(hub.exchange(code)) == "invalid_grant"


def test_a_code_counts_for_a_minute(hub, analyst):
    code = hub.code(analyst)
    grant = Grant.objects.get()
    assert timedelta(seconds=50) < grant.expires - clock.now() <= timedelta(seconds=60)
    Grant.objects.update(expires=clock.now())
    assert refused(hub.exchange(code)) == "invalid_grant"


def test_a_code_counts_for_its_own_client_secret_and_address(hub, analyst):
    other = registered("another", redirect="https://other.example.org/callback")
    other.verifier = hub.verifier
    code = hub.code(analyst)
    assert refused(other.exchange(code)) == "invalid_grant"
    assert refused(other.exchange(code, redirect_uri=CALLBACK)) == "invalid_grant"
    assert refused(hub.exchange(code, secret=other.secret)) == "invalid_client"
    assert refused(hub.exchange(code, secret="")) == "invalid_client"
    assert refused(hub.exchange(code, redirect_uri="https://evil.example.org/")) == "invalid_request"
    assert hub.exchange(code).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password", "username": "anna", "password": "x"},
        {"grant_type": "client_credentials", "scope": "query"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
        {"grant_type": "implicit"},
        {},
    ],
)
def test_there_is_no_other_grant_even_for_a_row_that_says_so(hub, form):
    for grant_type in ("authorization-code", "password", "client-credentials", "implicit"):
        Client.objects.update(authorization_grant_type=grant_type)
        assert refused(hub.post("token", form)) == "unsupported_grant_type"


def test_a_viewer_is_told_why_and_the_program_nothing(hub):
    response = hub.authorize(factories.user(Role.VIEWER))
    assert response.status_code == 403
    assert "Your roles don&#x27;t open jupyterhub. It needs one of: analyst, approver, developer" in response.text
    assert "Location" not in response
    assert not Grant.objects.exists()


def test_a_client_that_needs_nothing_is_open_to_viewers(provider, db):
    assert registered(verb=None).code(factories.user())


def withdrawn(person) -> None:
    person.grants.all().delete()


def closed(person) -> None:
    person.is_active = False
    person.save()


def given_a_new_password(person) -> None:
    person.set_password("another horse another battery")
    person.save()


@pytest.mark.parametrize("ending", [withdrawn, closed, given_a_new_password])
def test_whose_role_account_or_password_is_gone_has_no_token_any_more(hub, analyst, ending):
    code, tokens = hub.code(analyst), hub.tokens(analyst)
    assert bearing(tokens["access_token"]).status_code == 200
    assert bearing(tokens["access_token"], "/api/v1/data/queries/").status_code == 200
    ending(analyst)
    assert bearing(tokens["access_token"]).status_code == 401
    assert bearing(tokens["access_token"], "/api/v1/data/queries/").status_code == 401
    assert refused(hub.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert refused(hub.exchange(code)) == "invalid_grant"


def test_signing_in_and_a_new_name_end_nothing(hub, analyst):
    token = hub.tokens(analyst)["access_token"]
    hub.authorize(analyst)
    analyst.first_name = "Anna"
    analyst.save()
    assert bearing(token).json()["name"] == "Anna"


def test_a_refresh_token_counts_once_and_its_reuse_ends_them_all(hub, analyst):
    first = hub.tokens(analyst)
    second = hub.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert bearing(first["access_token"]).status_code == 401
    assert bearing(second["access_token"]).status_code == 200
    assert refused(hub.refresh(first["refresh_token"])) == "invalid_grant"
    # One of the two who hold it is a thief: neither goes on.
    assert bearing(second["access_token"]).status_code == 401
    assert refused(hub.refresh(second["refresh_token"])) == "invalid_grant"


def test_a_refresh_gives_no_more_than_there_was(hub, analyst):
    tokens = hub.tokens(analyst, scope="openid read")
    assert refused(hub.refresh(tokens["refresh_token"], scope="openid read query")) == "invalid_scope"
    assert hub.refresh(tokens["refresh_token"]).json()["scope"] == "openid read"


def test_a_refresh_token_is_its_clients_own_and_is_over_after_a_session(hub, analyst, settings):
    other = registered("another", redirect="https://other.example.org/callback")
    token = hub.tokens(analyst)["refresh_token"]
    assert refused(other.refresh(token)) == "invalid_grant"
    over = clock.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    AccessToken.objects.update(expires=over)
    assert refused(hub.refresh(token)) == "invalid_grant"


def test_what_is_revoked_is_over_and_nobody_revokes_anothers(hub, analyst):
    other = registered("another", redirect="https://other.example.org/callback")
    tokens = hub.tokens(analyst)
    other.post("revoke", {"token": tokens["access_token"]})
    assert bearing(tokens["access_token"]).status_code == 200
    hub.post("revoke", {"token": tokens["refresh_token"]})
    assert bearing(tokens["access_token"]).status_code == 401
    assert refused(hub.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_no_token_stands_in_the_database_as_it_is(hub, analyst):
    tokens = hub.tokens(analyst)
    rows = [*AccessToken.objects.values(), *RefreshToken.objects.values(), *Client.objects.values()]
    assert len(rows) == 3
    secrets = [tokens["access_token"], tokens["refresh_token"], tokens["id_token"], hub.secret]
    assert not [secret for secret in secrets if secret in str(rows)]


def test_what_is_over_is_forgotten_but_a_spent_refresh_token_is_still_known(hub, analyst):
    hub.code(analyst)
    first = hub.tokens(analyst)
    second = hub.refresh(first["refresh_token"]).json()
    Grant.objects.update(expires=clock.now() - timedelta(seconds=1))
    sweep_tokens()
    assert not Grant.objects.exists()
    assert bearing(second["access_token"]).status_code == 200
    assert refused(hub.refresh(first["refresh_token"])) == "invalid_grant"
    assert bearing(second["access_token"]).status_code == 401
