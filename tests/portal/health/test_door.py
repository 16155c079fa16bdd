"""A load balancer asks by address, over HTTP, whether a process lives."""

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/readyz", "/", "/healthz/"])
def test_every_other_page_wants_a_host_that_is_known(path):
    assert Client(raise_request_exception=False).get(path, headers={"host": "10.0.3.17:8000"}).status_code in (400, 404)


@pytest.mark.parametrize("is_https", [False, True])
def test_a_balancer_may_ask_by_address_and_is_never_sent_elsewhere(settings, is_https):
    settings.SECURE_SSL_REDIRECT = is_https
    answer = Client().get("/healthz", headers={"host": "10.0.3.17:8000"})
    assert (answer.status_code, answer.content) == (200, b"alive\n")


def test_a_pattern_of_hosts_serves_as_well(settings):
    for hosts in (["*"], [".insights.example"], ["insights.example"]):
        settings.ALLOWED_HOSTS = hosts
        assert Client().get("/healthz", headers={"host": "10.0.3.17"}).status_code == 200
