"""What the templates' roles are allowed, and what that is allowed on."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import cfnlint.data.AdditionalSpecs

from tests.infra import templates


@dataclass(frozen=True)
class Statement:
    """One statement of a role's policy. `policy` is the logical name of its own resource, "" inside the role."""

    template: str
    role: str
    policy: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    @property
    def where(self) -> str:
        return f"{self.template}.yaml {self.role} {self.policy}".strip()


@cache
def statements() -> tuple[Statement, ...]:
    """Will list every statement of every role."""
    return tuple(_listed())


def _listed() -> Iterator[Statement]:
    for template, name, role in templates.resources("AWS::IAM::Role"):
        for policy in role["Properties"].get("Policies", []):
            for one in policy["PolicyDocument"]["Statement"]:
                yield _statement(template, name, "", one)
    for template, name, policy in templates.resources("AWS::IAM::RolePolicy"):
        for one in policy["Properties"]["PolicyDocument"]["Statement"]:
            yield _statement(template, policy["Properties"]["RoleName"]["Ref"], name, one)


def _statement(template: str, role: str, policy: str, one: dict[str, Any]) -> Statement:
    return Statement(template, role, policy, tuple(_many(one["Action"])), tuple(map(_text, _many(one["Resource"]))))


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def allowed(role: str, *policies: str) -> set[str]:
    """Will give the actions of a role, with those of `policies` beside those inside it."""
    found = [one for one in statements() if one.role == role and one.policy in ("", *policies)]
    assert {one.policy for one in found} >= set(policies), f"{role} has not all of {policies}"
    return {action for one in found for action in one.actions}


@cache
def _reference() -> dict[str, Any]:
    """AWS's service authorization reference, as cfn-lint carries it."""
    text = resources.files(cfnlint.data.AdditionalSpecs).joinpath("Policies.json").read_text()
    return dict(json.loads(text))


def takes_resource(action: str) -> bool:
    """Will tell whether the reference has a resource for an action. Raises KeyError for an unknown one."""
    service, _, name = action.lower().partition(":")
    return bool(_reference()[service]["Actions"][name].get("Resources"))


@dataclass(frozen=True)
class Fit:
    """Whether actions and resources of one statement belong together, by the reference's forms of ARNs."""

    lonely_actions: tuple[str, ...]
    lonely_resources: tuple[str, ...]


def fit(actions: list[str], arns: list[str]) -> Fit:
    """Will find the actions that no ARN is for, and the ARNs that no action is for."""
    forms = {action: _forms(action) for action in actions}
    return Fit(
        tuple(action for action in actions if not any(form.fullmatch(arn) for form in forms[action] for arn in arns)),
        tuple(arn for arn in arns if not any(form.fullmatch(arn) for some in forms.values() for form in some)),
    )


def _forms(action: str) -> list[re.Pattern[str]]:
    service, _, name = action.lower().partition(":")
    known = _reference()[service]
    # An action that the list doesn't have yet is of the service's resources, whichever.
    kinds = known["Actions"].get(name, {}).get("Resources", list(known["Resources"]))
    forms = [form for kind in kinds for form in known["Resources"].get(kind.lower(), {}).get("ARNFormats", [])]
    return [re.compile(re.sub(r"\$\{\w+\}", "[^:]*", form)) for form in forms]
