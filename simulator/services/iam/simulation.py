"""SimulatePrincipalPolicy and SimulateCustomPolicy: would it be allowed?"""

from collections.abc import Mapping, Sequence
from typing import Any

from simulator import policies
from simulator.operations import AwsError, Context, operation
from simulator.services.iam import roles
from simulator.services.iam.roles import Held

PAGE = 100


@operation("iam", "SimulatePrincipalPolicy")
def _simulate_principal(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    arn = parameters["PolicySourceArn"]
    role = roles.find(context.account, arn.rpartition("/")[2]) if ":role/" in arn else None
    if role is None:
        raise AwsError("NoSuchEntity", f"The entity with ARN {arn} cannot be found.")
    return _simulate([*roles.held_by(role), *_given(parameters)], parameters)


@operation("iam", "SimulateCustomPolicy")
def _simulate_custom(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:  # noqa: ARG001 - one signature
    return _simulate(_given(parameters), parameters)


def _given(parameters: Mapping[str, Any]) -> list[Held]:
    texts = parameters.get("PolicyInputList") or []
    return [
        Held(f"PolicyInputList.{number}", "none", policies.read(text)) for number, text in enumerate(texts, start=1)
    ]


def _simulate(held: Sequence[Held], parameters: Mapping[str, Any]) -> dict[str, Any]:
    facts = {one["ContextKeyName"]: one["ContextKeyValues"] for one in parameters.get("ContextEntries") or []}
    for action in parameters["ActionNames"]:
        if ":" not in action:
            raise AwsError("InvalidInput", f"Invalid Action Name: {action}")
    results = [
        _result(held, policies.Request(action, resource, facts))
        for action in parameters["ActionNames"]
        for resource in parameters.get("ResourceArns") or ["*"]
    ]
    marker = parameters.get("Marker")
    first, most = int(marker or 0), int(parameters.get("MaxItems") or PAGE)
    answer = {"EvaluationResults": results[first : first + most], "IsTruncated": first + most < len(results)}
    return answer | ({"Marker": str(first + most)} if first + most < len(results) else {})


def _result(held: Sequence[Held], request: policies.Request) -> dict[str, Any]:
    try:
        verdict = policies.judge([one.document for one in held], request)
    except ValueError as error:
        raise AwsError("PolicyEvaluation", str(error)) from error
    sources = [
        {"SourcePolicyId": one.id, "SourcePolicyType": one.type}
        for one in held
        if any(statement in _statements(one) for statement in verdict.statements)
    ]
    return {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "EvalDecision": str(verdict.decision),
        "MatchedStatements": sources,
        "MissingContextValues": list(verdict.missing),
    }


def _statements(held: Held) -> list[Any]:
    found = held.document.get("Statement", [])
    return found if isinstance(found, list) else [found]
