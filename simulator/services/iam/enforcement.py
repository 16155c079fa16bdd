"""A switch that holds every call by an assumed role to that role's policies, as AWS does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.utils import get_service_model

from simulator import control, policies
from simulator.operations import AwsError, Context
from simulator.services.iam import requests, roles
from simulator.world import WORLD

_SESSION = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/")


@dataclass
class _Switch:
    is_on: bool = False


_SWITCH = _Switch()


def enforce(*, is_on: bool = True) -> None:
    """Will refuse from now on what a role's policies don't allow; the account's own keys may still do everything."""
    _SWITCH.is_on = is_on


def refusal(service: str, operation: str, parameters: Mapping[str, Any], context: Context) -> AwsError | None:
    """Will give AWS's refusal of a call; None for one that is allowed, or that nobody holds to policies."""
    session = _SESSION.match(context.caller) if _SWITCH.is_on else None
    if session is None:
        return None
    role = roles.find(session[1], session[2])
    documents = [one.document for one in roles.held_by(role)] if role else []
    for action, resource, facts in requests.asked(service, operation, parameters, context):
        decision = _decide(documents, action, resource, facts)
        if decision is not policies.Decision.ALLOWED:
            return _denied(service, action, resource, decision, context)
    return None


def _decide(
    documents: list[policies.Document], action: str, resource: str | None, facts: Mapping[str, list[str]]
) -> policies.Decision:
    if resource is not None:
        return policies.judge(documents, policies.Request(action, resource, facts)).decision
    # Which resource isn't known: an Allow on any will do, and only a Deny on all of them refuses.
    widened = [_on_anything(document) for document in documents]
    return policies.judge(widened, policies.Request(action, "*", facts)).decision


def _on_anything(document: policies.Document) -> policies.Document:
    found = document.get("Statement", [])
    statements = found if isinstance(found, list) else [found]
    return {"Statement": [{**one, "Resource": "*"} if one["Effect"] == "Allow" else one for one in statements]}


def _denied(service: str, action: str, resource: str | None, decision: policies.Decision, context: Context) -> AwsError:
    on = f" on resource: {resource}" if resource else ""
    why = (
        "with an explicit deny in an identity-based policy"
        if decision is policies.Decision.EXPLICIT_DENY
        else f"because no identity-based policy allows the {action} action"
    )
    # Services of XML say AccessDenied, also those that keep its codes in another protocol; the others say ...Exception.
    known = get_service_model(service).metadata
    is_old = known["protocol"] in {"query", "rest-xml"} or "awsQueryCompatible" in known
    code = "AccessDenied" if is_old else "AccessDeniedException"
    return AwsError(code, f"User: {context.caller} is not authorized to perform: {action}{on} {why}")


@WORLD.on_reset
def _off() -> None:
    enforce(is_on=False)


def _control(body: control.Body) -> Any:
    if "enforce" in body:
        enforce(is_on=bool(body["enforce"]))
    return {"enforce": _SWITCH.is_on}


control.register("iam", _control)
