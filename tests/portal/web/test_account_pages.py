"""Signing in and out, and what people change about themselves."""

import re

import pytest
from django.test import Client

from portal import clock
from portal.accounts import tokens
from portal.accounts.models import Token, User
from tests import factories
from tests.releases.views.conftest import signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"


@pytest.fixture
def person():
    made = factories.user(username="ann")
    made.set_password(PASSWORD)
    made.save()
    return made


def sign_in(client, password, **more):
    return client.post("/accounts/sign-in/", {"username": "ann", "password": password, **more})


def test_signing_in_leads_to_where_one_wanted_to_go(person):
    client = Client()
    assert sign_in(client, PASSWORD, next="/ledger/")["Location"] == "/ledger/"
    cookie = client.cookies["verdigris_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_it_never_leads_elsewhere(person):
    assert sign_in(Client(), PASSWORD, next="https://evil.example/")["Location"] == "/"


def test_too_many_tries_are_locked_out_in_plain_words(person, settings):
    client = Client()
    answers = [sign_in(client, "wrong") for _ in range(settings.AXES_FAILURE_LIMIT + 1)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert "Too many tries" in answers[-1].content.decode()
    assert "Content-Security-Policy" in answers[-1]
    assert sign_in(client, PASSWORD).status_code == 429


def test_signing_out_is_a_form(person):
    client = signed_in(user=person)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/").status_code == 302
    assert client.get("/").status_code == 302


def test_name_and_time_zone(person):
    client = signed_in(user=person)
    client.post("/accounts/profile/", {"first_name": "Ann", "last_name": "Lee", "time_zone": "Asia/Tokyo"})
    person.refresh_from_db()
    assert (person.shown_name, person.time_zone) == ("Ann Lee", "Asia/Tokyo")


@pytest.mark.parametrize("name", [("Ben", "Ruiz"), ("ben", "RUIZ"), ("Verdigris", ""), ("bob", "")])
def test_nobody_signs_the_ledger_with_another_name(person, name):
    User.objects.create_user("bob", first_name="Ben", last_name="Ruiz")
    answer = signed_in(user=person).post(
        "/accounts/profile/", {"first_name": name[0], "last_name": name[1], "time_zone": "UTC"}
    )
    assert answer.status_code == 422
    assert "is somebody else here" in answer.content.decode()


def test_a_new_password_ends_other_sessions(person):
    here, elsewhere = signed_in(user=person), signed_in(user=person)
    new = {"old_password": PASSWORD, "new_password1": "another long secret", "new_password2": "another long secret"}
    assert here.post("/accounts/password/", new)["Location"] == "/accounts/profile/"
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_a_secret_is_shown_once(person):
    client = signed_in(user=person)
    answer = client.post("/accounts/tokens/", {"name": "build", "scopes": ["read", "record"], "days": "30"})
    secret = re.search(r"vdg_[\w-]{20,}", answer.content.decode()).group(0)
    assert answer["Cache-Control"] == "no-store"
    assert tokens.find(secret, now=clock.now()) == Token.objects.get()
    assert secret not in client.get("/accounts/tokens/").content.decode()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["root"]}, {"days": "0"}, {"days": "400"}])
def test_a_token_that_can_not_be_is_said(person, wrong):
    data = {"name": "build", "scopes": ["read"], "days": "30", **wrong}
    assert signed_in(user=person).post("/accounts/tokens/", data).status_code == 422
    assert not Token.objects.exists()


def test_a_token_is_withdrawn_by_its_owner_alone(person):
    signed_in(user=person).post("/accounts/tokens/", {"name": "build", "scopes": ["read"], "days": "30"})
    token = Token.objects.get()
    signed_in().post(f"/accounts/tokens/{token.pk}/withdraw/")
    assert Token.objects.get().withdrawn_at is None
    signed_in(user=person).post(f"/accounts/tokens/{token.pk}/withdraw/")
    assert Token.objects.get().withdrawn_at is not None
