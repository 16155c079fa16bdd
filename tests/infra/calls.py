"""What code asks of AWS, read from the code: methods called on clients, as the actions that IAM knows them by."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session

ROOT = Path(__file__).parents[2]
PRODUCT = ("portal", "releases", "analytics")
# Where IAM's name of an action differs from the operation's (service authorization reference).
NAMED = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
}
PREFIXES = {"elbv2": "elasticloadbalancing", "events": "events", "service-quotas": "servicequotas"}
# Modules that are handed their client, and whose it is.
HANDED = {
    "analytics/engines/athena/estimate.py": frozenset({"glue"}),
    "analytics/engines/athena/objects.py": frozenset({"s3"}),
}
# What a cursor of PyAthena calls for us, by its own methods (pyathena/common.py).
BY_CURSOR = {
    "_start_query_execution": "athena:StartQueryExecution",
    "_get_query_execution": "athena:GetQueryExecution",
    "_cancel": "athena:StopQueryExecution",
}


@cache
def _operations(service: str) -> dict[str, str]:
    """boto3's method names of a service, with the actions."""
    model = botocore.session.get_session().get_service_model(service)
    prefix = PREFIXES.get(service, service)
    found = {botocore.xform_name(name): f"{prefix}:{name}" for name in model.operation_names}
    return {method: NAMED.get(action, action) for method, action in found.items()}


@cache
def modules() -> tuple[Path, ...]:
    """Will list the product's modules that ask for a client by a service's name, or are handed one."""
    paths = [path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(path for path in paths if services(path))


@cache
def services(path: Path) -> frozenset[str]:
    """Will give the services whose clients a module asks for or is handed."""
    return _asked(ast.parse(path.read_text())) | HANDED.get(path.relative_to(ROOT).as_posix(), frozenset())


def _asked(tree: ast.AST) -> frozenset[str]:
    return frozenset(filter(None, (_service(node) for node in ast.walk(tree))))


def _service(node: ast.AST) -> str:
    """The service of `clients("ecs")`, "" for anything else."""
    if not isinstance(node, ast.Call) or _name(node.func) not in {"clients", "client"} or not node.args:
        return ""
    first = node.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def actions(path: Path) -> set[str]:
    """Will give the actions that a module's calls need.

    A call on `clients("ecs")` itself is that service's; one on a variable is of what its class asks for, or the module.
    """
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        own = _asked(node) if isinstance(node, ast.ClassDef) else frozenset()
        found.update(_called(node, own or services(path)))
    return found


def _called(tree: ast.AST, asked: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        own = _service(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        method = _name(node.func)
        if method in BY_CURSOR:
            yield BY_CURSOR[method]
        if method == "get_paginator" and isinstance(node.args[0], ast.Constant):
            method = str(node.args[0].value)
        for service in {own} if own else asked:
            if method in _operations(service):
                yield _operations(service)[method]
