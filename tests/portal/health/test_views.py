from typing import Any

import pytest
from django.test import RequestFactory

from portal.health import views


@pytest.fixture
def ask(rf: RequestFactory) -> RequestFactory:
    return rf


def test_alive_asks_nobody(ask: RequestFactory) -> None:
    # No database mark: a query would fail this test.
    assert views.alive(ask.get("/healthz")).content == b"alive\n"


@pytest.mark.django_db
def test_numbers_are_for_this_machine(ask: RequestFactory, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # nobody there: what needs it is left out, the rest is told
    answer = views.numbers(ask.get("/metrics", REMOTE_ADDR="127.0.0.1"))
    assert answer.status_code == 200
    assert b'verdigris_rollouts{state="ready"} 0.0' in answer.content
    assert b"verdigris_oldest_unsettled_request_age_seconds 0.0" in answer.content
    assert b"verdigris_tick_age_seconds" not in answer.content


@pytest.mark.parametrize(
    "facts",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_numbers_are_for_nobody_else(ask: RequestFactory, facts: dict[str, str]) -> None:
    assert views.numbers(ask.get("/metrics", **facts)).status_code == 404


def test_only_reading_is_allowed(ask: RequestFactory) -> None:
    for view in (views.alive, views.ready, views.numbers):
        assert view(ask.post("/")).status_code == 405
