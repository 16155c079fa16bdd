"""CloudFormation's operations, as far as deploying by change sets needs them."""

import re
from collections.abc import Mapping
from typing import Any

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.cloudformation import kinds, stacks, template
from simulator.services.cloudformation.making import Account
from simulator.services.cloudformation.stacks import STORE, ChangeSet, Stack
from simulator.world import WORLD

__all__ = ["kinds"]


def _account(context: Context) -> Account:
    return Account(context.account, context.region)


@operation("cloudformation", "ValidateTemplate")
def validate(parameters: Parameters, context: Context) -> dict[str, Any]:  # noqa: ARG001 - one signature
    read = template.read(parameters["TemplateBody"])
    declared = [
        {"ParameterKey": name, "NoEcho": False, **({"DefaultValue": str(one["Default"])} if "Default" in one else {})}
        for name, one in read.get("Parameters", {}).items()
    ]
    return {"Parameters": declared, "Capabilities": sorted(_capabilities(read)), "Description": read["Description"]}


@operation("cloudformation", "CreateChangeSet")
def create_change_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    account, name = _account(context), parameters["StackName"]
    read = template.read(parameters["TemplateBody"])
    missing = _capabilities(read) - set(parameters.get("Capabilities", []))
    if missing:
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(sorted(missing))}]")
    stack = _stack_for(account, name, parameters.get("ChangeSetType", "UPDATE"))
    change_set = ChangeSet(
        name=parameters["ChangeSetName"],
        stack=stack,
        number=next(STORE.numbers),
        template=read,
        body=parameters["TemplateBody"],
        parameters=_given(read, parameters.get("Parameters", []), stack),
        tags=list(parameters.get("Tags", [])),
    )
    stacks.plan(change_set)
    STORE.stacks[account, name] = stack
    STORE.change_sets[name, change_set.name] = change_set
    return {"Id": change_set.arn, "StackId": stack.arn}


def _stack_for(account: Account, name: str, kind: str) -> Stack:
    there = STORE.stacks.get((account, name))
    if kind == "CREATE":
        if there is not None and there.status != "REVIEW_IN_PROGRESS":
            raise AwsError("ValidationError", f"Stack [{name}] already exists and cannot be created again")
        return there or Stack(name, account, next(STORE.numbers), WORLD.now())
    if there is None or there.status == "REVIEW_IN_PROGRESS":
        raise AwsError("ValidationError", f"Stack [{name}] does not exist")
    if there.status.endswith("ROLLBACK_FAILED"):
        raise AwsError("ValidationError", f"Stack:{there.arn} is in {there.status} state and can not be updated.")
    return there


def _capabilities(read: Mapping[str, Any]) -> set[str]:
    roles = [one for one in read["Resources"].values() if one["Type"] == "AWS::IAM::Role"]
    named = any("RoleName" in one.get("Properties", {}) for one in roles)
    return ({"CAPABILITY_NAMED_IAM"} if named else {"CAPABILITY_IAM"}) if roles else set()


def _given(read: Mapping[str, Any], asked: list[dict[str, Any]], stack: Stack) -> dict[str, str]:
    declared = read.get("Parameters", {})
    given = {}
    for one in asked:
        name = one["ParameterKey"]
        given[name] = stack.parameters[name] if one.get("UsePreviousValue") else one["ParameterValue"]
    unknown = given.keys() - declared.keys()
    if unknown:
        raise AwsError("ValidationError", f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    values = {name: str(given.get(name, one.get("Default", ""))) for name, one in declared.items()}
    missing = [name for name, one in declared.items() if name not in given and "Default" not in one]
    if missing:
        raise AwsError("ValidationError", f"Parameters: [{', '.join(missing)}] must have values")
    for name, one in declared.items():
        _refuse_unfit(name, one, values[name])
    return values


def _refuse_unfit(name: str, declared: Mapping[str, Any], value: str) -> None:
    pattern, allowed = declared.get("AllowedPattern"), declared.get("AllowedValues")
    if pattern and not re.fullmatch(pattern, value):
        raise AwsError("ValidationError", f"Parameter '{name}' must match pattern {pattern}")
    if allowed and value not in map(str, allowed):
        raise AwsError("ValidationError", f"Parameter '{name}' must be one of AllowedValues")
    if declared["Type"] == "Number" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        raise AwsError("ValidationError", f"Parameter '{name}' must be a number")
    least, most = declared.get("MinValue"), declared.get("MaxValue")
    if (least is not None and float(value) < least) or (most is not None and float(value) > most):
        raise AwsError("ValidationError", f"Parameter '{name}' must be a number between {least} and {most}")


@operation("cloudformation", "DescribeChangeSet")
def describe_change_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    change_set = _found(parameters, context)
    return {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.arn,
        "StackName": change_set.stack.name,
        "StackId": change_set.stack.arn,
        "Parameters": _pairs(change_set.parameters),
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "ExecutionStatus": change_set.execution,
        "Changes": change_set.changes,
    }


def _found(parameters: Parameters, context: Context) -> ChangeSet:
    stack = STORE.stack(_account(context), parameters["StackName"])
    return STORE.change_set(stack, parameters["ChangeSetName"])


def _pairs(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]


@operation("cloudformation", "ExecuteChangeSet", is_locked=False)
def execute_change_set(parameters: Parameters, context: Context) -> None:
    change_set = _found(parameters, context)
    if change_set.execution != "AVAILABLE":
        raise AwsError("InvalidChangeSetStatus", f"ChangeSet [{change_set.name}] is {change_set.execution}")
    stacks.execute(change_set)


@operation("cloudformation", "DeleteChangeSet")
def delete_change_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    change_set = _found(parameters, context)
    del STORE.change_sets[change_set.stack.name, change_set.name]
    return {}


@operation("cloudformation", "DescribeStacks")
def describe_stacks(parameters: Parameters, context: Context) -> dict[str, Any]:
    account = _account(context)
    if parameters.get("StackName"):
        found = [STORE.stack(account, parameters["StackName"])]
    else:
        found = [one for (place, _), one in STORE.stacks.items() if place == account]
    return {"Stacks": [_stack(one) for one in found]}


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "StackName": stack.name,
        "StackId": stack.arn,
        "CreationTime": stack.created_at,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "Parameters": _pairs(stack.parameters),
        "Outputs": stack.outputs,
        "Tags": stack.tags,
    }


@operation("cloudformation", "DescribeStackResources")
def describe_stack_resources(parameters: Parameters, context: Context) -> dict[str, Any]:
    stack = STORE.stack(_account(context), parameters["StackName"])
    return {
        "StackResources": [
            {
                "StackName": stack.name,
                "LogicalResourceId": made.name,
                "PhysicalResourceId": made.id,
                "ResourceType": made.type,
                "Timestamp": stack.created_at,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for made in stack.made.values()
        ]
    }
