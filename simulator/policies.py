"""What IAM policies decide: plain documents in, one decision out (IAM user guide, "Policy evaluation logic").

Identity policies only, within one account. Boundaries, session policies, resource policies and organizations' policies
are not judged here.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Document = Mapping[str, Any]
Facts = Mapping[str, Sequence[str]]


class Decision(StrEnum):
    """As SimulatePrincipalPolicy says it."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitDeny"
    EXPLICIT_DENY = "explicitDeny"


@dataclass(frozen=True)
class Request:
    """Who may `action` ("ecs:UpdateService") be done to `resource` (an ARN; "*" is what no resource narrows)?

    `facts` are the context keys that are known, such as {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}.
    """

    action: str
    resource: str = "*"
    facts: Facts = field(default_factory=dict)

    def fact(self, key: str) -> Sequence[str] | None:
        """Will give a context key's values, its name in any case; None where it isn't known."""
        return next((values for name, values in self.facts.items() if name.lower() == key.lower()), None)


@dataclass(frozen=True)
class Verdict:
    """A decision, the statements that made it, and the context keys that policies asked for and nobody gave."""

    decision: Decision
    statements: tuple[Mapping[str, Any], ...] = ()
    missing: tuple[str, ...] = ()


def judge(documents: Iterable[Document], request: Request) -> Verdict:
    """Will decide a request. Raises ValueError for a condition operator that isn't known here."""
    matched: dict[str, list[Mapping[str, Any]]] = {"Allow": [], "Deny": []}
    missing: list[str] = []
    for document in documents:
        for statement in _listed(document.get("Statement", [])):
            if not _is_about(statement, request):
                continue
            missing += [key for key in keys_of(statement) if request.fact(key) is None]
            if _holds(statement.get("Condition", {}), request):
                matched[statement["Effect"]].append(statement)
    unknown = tuple(dict.fromkeys(missing))
    if matched["Deny"]:
        return Verdict(Decision.EXPLICIT_DENY, tuple(matched["Deny"]), unknown)
    if matched["Allow"]:
        return Verdict(Decision.ALLOWED, tuple(matched["Allow"]), unknown)
    return Verdict(Decision.IMPLICIT_DENY, (), unknown)


def read(text: str | Document) -> Document:
    """Will read a policy document."""
    document: Document = json.loads(text) if isinstance(text, str) else text
    return document


def keys_of(statement: Mapping[str, Any]) -> list[str]:
    """Will list the context keys that a statement's conditions ask for."""
    return [key for keys in statement.get("Condition", {}).values() for key in keys]


def matches(pattern: str, value: str, *, is_exact: bool = True) -> bool:
    """Will compare with * (anything) and ? (one character)."""
    written = "".join(".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)
    return re.fullmatch(written, value, 0 if is_exact else re.IGNORECASE) is not None


def _is_about(statement: Mapping[str, Any], request: Request) -> bool:
    return _covers(statement, "Action", request, request.action, is_exact=False) and _covers(
        statement, "Resource", request, request.resource, is_exact=True
    )


def _covers(statement: Mapping[str, Any], name: str, request: Request, value: str, *, is_exact: bool) -> bool:
    if (excluded := statement.get(f"Not{name}")) is not None:
        return not any(matches(_filled(one, request), value, is_exact=is_exact) for one in _listed(excluded))
    return any(matches(_filled(one, request), value, is_exact=is_exact) for one in _listed(statement.get(name, [])))


def _filled(text: str, request: Request) -> str:
    """Policy variables, ${aws:PrincipalAccount} and the like; what isn't known stays and matches nothing."""

    def value(found: re.Match[str]) -> str:
        known = request.fact(found[1])
        return known[0] if known else found[0]

    return re.sub(r"\$\{([^}]+)\}", value, text)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _holds(conditions: Mapping[str, Mapping[str, Any]], request: Request) -> bool:
    """All operators and all keys must hold; of a key's values, one."""
    return all(
        _holds_one(operator, _words(wanted, request), request.fact(key))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _words(wanted: Any, request: Request) -> list[str]:
    texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in _listed(wanted)]
    return [_filled(one, request) for one in texts]


def _holds_one(operator: str, wanted: Sequence[str], known: Sequence[str] | None) -> bool:
    quantity, _, name = operator.rpartition(":")
    if name == "Null":
        return (known is None) == (wanted[0] == "true")
    is_lenient = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name not in _COMPARED:
        raise ValueError(f"The condition operator {operator} isn't known here.")
    is_negated, compare = _COMPARED[name]
    if known is None:
        # A negated operator holds for a key that isn't there, and so does every ForAllValues.
        return is_lenient or is_negated or quantity == "ForAllValues"
    results = [any(compare(one, value) for one in wanted) != is_negated for value in known]
    return all(results) if quantity == "ForAllValues" or (is_negated and not quantity) else any(results)


_COMPARED: dict[str, tuple[bool, Callable[[str, str], bool]]] = {
    "StringEquals": (False, lambda wanted, value: wanted == value),
    "StringNotEquals": (True, lambda wanted, value: wanted == value),
    "StringEqualsIgnoreCase": (False, lambda wanted, value: wanted.lower() == value.lower()),
    "StringLike": (False, matches),
    "StringNotLike": (True, matches),
    "ArnEquals": (False, matches),
    "ArnLike": (False, matches),
    "ArnNotEquals": (True, matches),
    "ArnNotLike": (True, matches),
    "Bool": (False, lambda wanted, value: wanted.lower() == value.lower()),
}
