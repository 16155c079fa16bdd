"""People who use the portal over HTTP as a browser without JavaScript does: pages, forms, cookies."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.portal.stack.running import Stack, await_true

SITE = "/services/covid-insights/"
PRODUCTION = f"{SITE}environments/production/"
FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Person:
    """Somebody who is signed in."""

    client: httpx.Client

    def see(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def press(self, path: str, *, seen_on: str, **fields: str) -> httpx.Response:
        token = FIELD.search(self.see(seen_on))
        assert token, f"{seen_on} has no form"
        return self.client.post(path, data={"csrfmiddlewaretoken": token[1], **fields}, follow_redirects=True)

    def on_rollout(self, number: int, verb: str, **fields: str) -> httpx.Response:
        return self.press(f"/rollouts/{number}/{verb}/", seen_on=f"/rollouts/{number}/", **fields)

    def rollout(self, number: int) -> dict[str, Any]:
        return self.client.get(f"/api/v1/rollouts/{number}/").raise_for_status().json()

    def newest(self) -> dict[str, Any]:
        return self.client.get("/api/v1/rollouts/").raise_for_status().json()["results"][0]

    def await_state(self, number: int, *states: str, limit_s: float = 90) -> dict[str, Any]:
        await_true(lambda: self.rollout(number)["state"] in states, limit_s=limit_s, what=f"{number} is {states}")
        return self.rollout(number)

    def open(self, version: str) -> int:
        page = f"{SITE}releases/{version}/"
        self.press(f"{page}open/", seen_on=page, environment="production")
        newest = self.newest()
        assert newest["release"] == version
        return int(newest["id"])


def sign_in(stack: Stack, username: str) -> Person:
    """Signs in by the form, with the password that the start printed."""
    password = re.search(rf"^ +{username} +(\S+)", stack.output, re.MULTILINE)
    assert password
    client = httpx.Client(base_url=f"http://localhost:{stack.port}", timeout=20)
    person = Person(client)
    answer = person.press("/accounts/sign-in/", seen_on="/accounts/sign-in/", username=username, password=password[1])
    assert "Everything" in answer.text or "Fleet" in answer.text
    return person


def colours(stack: Stack, *, asks: int = 40) -> set[str]:
    """Asks the site as that many new visitors; gives the versions that answered."""
    found = set()
    for _ in range(asks):
        answer = httpx.get(f"http://127.0.0.1:{stack.port + 1}/version", timeout=10)
        found.add(answer.json()["version"] if answer.status_code == 200 else f"HTTP {answer.status_code}")
    return found
