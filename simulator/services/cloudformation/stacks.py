"""Stacks and their change sets, and how one becomes the other."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from simulator.operations import AwsError
from simulator.services.cloudformation.making import KINDS, Account, Made, make
from simulator.services.cloudformation.values import Values, names_in
from simulator.world import WORLD


@dataclass
class Stack:
    """A stack. `status` is REVIEW_IN_PROGRESS until its first change set is executed."""

    name: str
    account: Account
    number: int
    created_at: datetime
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    template: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)

    @property
    def arn(self) -> str:
        number = f"00000000-0000-4000-8000-{self.number:012d}"
        return f"arn:aws:cloudformation:{self.account.region}:{self.account.number}:stack/{self.name}/{number}"


@dataclass
class ChangeSet:
    """What would become of a stack."""

    name: str
    stack: Stack
    number: int
    template: Mapping[str, Any]
    body: str
    parameters: dict[str, str]
    tags: list[dict[str, str]]
    changes: list[dict[str, Any]] = field(default_factory=list)
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""

    @property
    def arn(self) -> str:
        number = f"00000000-0000-4000-9000-{self.number:012d}"
        account = self.stack.account
        return f"arn:aws:cloudformation:{account.region}:{account.number}:changeSet/{self.name}/{number}"


@dataclass
class Store:
    """Every stack and change set of the account."""

    stacks: dict[tuple[Account, str], Stack] = field(default_factory=dict)
    change_sets: dict[tuple[str, str], ChangeSet] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def stack(self, account: Account, name: str) -> Stack:
        """Will find a stack by its name or ARN. Raises AwsError."""
        plain = name.split("/")[1] if name.startswith("arn:") else name
        if (account, plain) not in self.stacks:
            raise AwsError("ValidationError", f"Stack with id {name} does not exist")
        return self.stacks[account, plain]

    def change_set(self, stack: Stack, name: str) -> ChangeSet:
        """Will find a stack's change set by its name or ARN. Raises AwsError."""
        plain = name.split("/")[1] if name.startswith("arn:") else name
        if (stack.name, plain) not in self.change_sets:
            raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")
        return self.change_sets[stack.name, plain]


STORE = Store()


@WORLD.on_reset
def _empty() -> None:
    STORE.stacks.clear()
    STORE.change_sets.clear()


def plan(change_set: ChangeSet) -> None:
    """Will say what would change, resource by resource. Nothing at all is a failed change set, as AWS has it."""
    stack = change_set.stack
    now = wanted(stack, stack.template, stack.parameters) if stack.made else {}
    then = wanted(stack, change_set.template, change_set.parameters)
    for name, (type_, properties) in then.items():
        if name not in stack.made:
            change_set.changes.append(_change("Add", name, type_))
        elif now[name] != (type_, properties):
            change_set.changes.append(_change("Modify", name, type_, stack.made[name].id))
    for name in now.keys() - then.keys():
        change_set.changes.append(_change("Remove", name, now[name][0], stack.made[name].id))
    if not change_set.changes and change_set.tags == stack.tags:
        change_set.status, change_set.execution = "FAILED", "UNAVAILABLE"
        change_set.reason = "The submitted information didn't contain changes. Submit different information to create"
        change_set.reason += " a change set."


def _change(action: str, name: str, type_: str, id_: str = "") -> dict[str, Any]:
    change: dict[str, Any] = {"Action": action, "LogicalResourceId": name, "ResourceType": type_, "Details": []}
    change["Scope"] = ["Properties"] if action == "Modify" else []
    if id_:
        change["PhysicalResourceId"] = id_
    if action == "Modify":
        change["Replacement"] = "False" if KINDS[type_].is_put else "Conditional"
    return {"Type": "Resource", "ResourceChange": change}


def wanted(stack: Stack, template: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    """Will give what a template wants: type and resolved properties by name. What isn't made yet stands by its name."""
    values = _values(stack, template, parameters, is_dry=True)
    found = {}
    for name, one in template["Resources"].items():
        if "Condition" not in one or values.holds(one["Condition"]):
            found[name] = (one["Type"], values.of(one.get("Properties", {})))
    return found


def execute(change_set: ChangeSet) -> None:
    """Will make what the change set says. A failure ends the stack in ROLLBACK_FAILED: nothing is taken back here."""
    stack = change_set.stack
    is_new = not stack.made
    actions = {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in change_set.changes}
    values = _values(stack, change_set.template, change_set.parameters)
    name = ""
    try:
        for name in _in_order(change_set.template, actions):
            _do(stack, name, actions[name], change_set.template, values)
    except (AwsError, ClientError, BotoCoreError, LookupError) as error:
        stack.status = "ROLLBACK_FAILED" if is_new else "UPDATE_ROLLBACK_FAILED"
        stack.reason = change_set.reason = f"{name}: {error.message if isinstance(error, AwsError) else error}"
        change_set.execution = "EXECUTE_FAILED"
        return
    stack.template, stack.body = change_set.template, change_set.body
    stack.parameters, stack.tags = change_set.parameters, change_set.tags
    stack.status, stack.reason = ("CREATE_COMPLETE" if is_new else "UPDATE_COMPLETE"), ""
    change_set.execution = "EXECUTE_COMPLETE"
    stack.outputs = [
        {"OutputKey": name, "OutputValue": str(values.of(one["Value"])), "Description": one.get("Description", "")}
        for name, one in change_set.template.get("Outputs", {}).items()
        if "Condition" not in one or values.holds(one["Condition"])
    ]


def _do(stack: Stack, name: str, change: Mapping[str, Any], template: Mapping[str, Any], values: Values) -> None:
    type_, action = change["ResourceType"], change["Action"]
    if action == "Remove" or (action == "Modify" and not KINDS[type_].is_put):
        raise AwsError("ValidationError", f"The simulator can't {action.lower()} a {type_}")
    properties = values.of(template["Resources"][name].get("Properties", {}))
    stack.made[name] = make(name, type_, properties, stack.account)


def _in_order(template: Mapping[str, Any], actions: Mapping[str, Any]) -> Iterator[str]:
    """Will give the names so that each comes after what it speaks of and what it depends on."""
    resources, done = template["Resources"], set()

    def visit(name: str, path: tuple[str, ...]) -> Iterator[str]:
        if name in path:
            raise AwsError("ValidationError", f"Circular dependency between resources: [{', '.join(path)}]")
        if name in done or name not in actions:
            return
        one = resources.get(name, {})
        apart = one.get("DependsOn", [])
        for other in [*([apart] if isinstance(apart, str) else apart), *names_in(one.get("Properties", {}))]:
            yield from visit(other, (*path, name))
        if name not in done:
            done.add(name)
            yield name

    for name in actions:
        yield from visit(name, ())


def _values(
    stack: Stack, template: Mapping[str, Any], parameters: Mapping[str, str], *, is_dry: bool = False
) -> Values:
    account = stack.account
    declared = template.get("Parameters", {})
    names: dict[str, Any] = {
        name: value.split(",") if declared[name]["Type"].startswith(("List<", "CommaDelimited")) else value
        for name, value in parameters.items()
    }
    names |= {
        "AWS::AccountId": account.number,
        "AWS::Partition": "aws",
        "AWS::Region": account.region,
        "AWS::StackName": stack.name,
        "AWS::StackId": stack.arn,
        "AWS::URLSuffix": "amazonaws.com",
    }

    def attribute(resource: str, name: str) -> Any:
        made = stack.made.get(resource)
        if made is None:
            if is_dry and resource in template["Resources"]:
                return f"<{resource}.{name}>"
            raise AwsError("ValidationError", f"Template error: {resource} is no resource or parameter")
        if name and name not in made.attributes:
            raise AwsError("ValidationError", f"The simulator knows no attribute {name} of {made.type}")
        return made.attributes[name] if name else made.id

    def secret(arn: str) -> str:
        if is_dry:
            return f"<secret {arn}>"
        return str(account.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])

    zones = [f"{account.region}{letter}" for letter in "abc"]
    return Values(names, template.get("Conditions", {}), attribute, secret, zones)
