"""The browsable description, in a real browser, under the portal's own Content-Security-Policy."""

import shutil
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import sync_playwright

from tests.callers import schema

METHODS = {"get", "post", "patch"}


def operations() -> list[dict[str, Any]]:
    return [one for path in schema()["paths"].values() for method, one in path.items() if method in METHODS]


@pytest.mark.django_db
def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for operation in operations():
        if operation["operationId"] in {"schema_retrieve", "hear_notice"}:
            continue
        assert operation["summary"], operation["operationId"]
        assert {"401", "403"} <= set(operation["responses"])
        refused = [one for code, one in operation["responses"].items() if code >= "400"]
        shapes = {one["content"]["application/json"]["schema"]["$ref"] for one in refused}
        assert shapes == {"#/components/schemas/Error"}
        assert all(one["description"] for one in refused)


@pytest.mark.django_db
def test_the_schema_and_its_page_are_served_with_the_portals_policy() -> None:
    client = Client()
    described = client.get("/api/v1/schema/", headers={"Accept": "application/json"})
    assert described.json()["openapi"].startswith("3.")
    policy = client.get("/api/v1/docs/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


@pytest.mark.browser
def test_the_page_shows_every_operation_and_breaks_no_policy(live_server: Any) -> None:
    said: list[str] = []
    # Not the plugin's `page`: its event loop would still run when the database is emptied after the test.
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{live_server.url}/api/v1/docs/")
        page.wait_for_selector(".opblock")
        assert page.locator(".opblock").count() == len(operations())
        page.locator(".opblock", has_text="Record a release").first.locator("button").first.click()
        page.wait_for_selector("text=Idempotency-Key")
        browser.close()
    assert said == []
