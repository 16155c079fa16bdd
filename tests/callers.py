"""A caller of the APIs, whose every answer is held against their own schema."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import jsonschema
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from portal import clock
from portal.accounts import tokens
from portal.accounts.models import User
from portal.accounts.permissions import Role, Scope
from tests import factories

ROOT = "/api/v1/"


@cache
def schema() -> dict[str, Any]:
    """The schema as it is served."""
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


def operations(*folders: str) -> dict[str, dict[str, Any]]:
    """The paths of the APIs below these folders, with their operations."""
    below = tuple(f"{ROOT}{folder}/" for folder in folders)
    return {path: one for path, one in schema()["paths"].items() if path.startswith(below)}


@cache
def addresses() -> list[tuple[re.Pattern[str], str]]:
    # What is written out (…/lock/) before what has a place for anything.
    paths = sorted(schema()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in paths]


def check_answer(method: str, address: str, response: Any) -> None:
    """Fails where an answer is not what the schema says of that address."""
    path = next(path for pattern, path in addresses() if pattern.fullmatch(address.split("?", maxsplit=1)[0]))
    operation, status = schema()["paths"][path].get(method), str(response.status_code)
    if operation is None:
        assert status == "405"
        return
    assert status in operation["responses"], f"{method} {path} answered {status}, which its schema does not name"
    content = operation["responses"][status]["content"]
    if response.streaming:
        assert response.headers["Content-Type"].partition(";")[0] in content
        return
    whole = {**_strict(content["application/json"]["schema"]), "components": _strict(schema()["components"])}
    jsonschema.Draft202012Validator(whole).validate(response.json())


def _strict(value: Any) -> Any:
    """An answer has no more than what is described; OpenAPI 3.0's `nullable` is put as JSON Schema has it."""
    if isinstance(value, list):
        return [_strict(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _strict(one) for key, one in value.items()}
    if isinstance(found.get("properties"), dict) and "additionalProperties" not in found:
        found["additionalProperties"] = False
    if found.pop("nullable", False):
        return {"anyOf": [found, {"type": "null"}]}
    return found


@dataclass
class Caller:
    """Somebody with a token."""

    user: User
    secret: str
    client: Client

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.send_raw(method, address, headers, **content)

    def send_raw(self, method: str, address: str, headers: dict[str, str] | None = None, **content: Any) -> Any:
        whole = address if address.startswith("/") else ROOT + address
        response = self.client.generic(
            method.upper(), whole, headers={"Authorization": f"Bearer {self.secret}", **(headers or {})}, **content
        )
        check_answer(method, whole, response)
        return response

    def get(self, address: str, **headers: str) -> Any:
        return self.send("get", address, **headers)

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", address, body, **headers)

    def patch(self, address: str, body: Any = None) -> Any:
        return self.send("patch", address, body)


def caller_with(*roles: Role, scopes: Iterable[Scope] = tuple(Scope), user: User | None = None) -> Caller:
    owner = user or factories.user(*roles)
    _, secret = tokens.make(owner=owner, name="build", scopes=scopes, valid_for=timedelta(hours=1), now=clock.now())
    return Caller(owner, secret, Client(raise_request_exception=True))


def reasons(response: Any) -> list[str]:
    return [reason["code"] for reason in response.json()["reasons"]]
