"""Functions, uploaded as on AWS and really run, and roles for the tests of the simulated account."""

import io
import json
import zipfile
from typing import Any

from tests.account import Account


def create_role(account: Account, name: str = "worker", *statements: dict[str, Any], service: str = "lambda") -> str:
    """Will make a role that `service` may take, with the statements given as its policy."""
    iam = account.hand("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return arn


def create_function(account: Account, code: str, *, name: str = "hook", **facts: Any) -> str:
    """Will make a function of `code`, whose handler is `app.handler`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as folder:
        folder.writestr("app.py", code)
    role = facts.pop("Role", None) or create_role(account, f"{name}-role")
    made = account.hand("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
        **facts,
    )
    return str(made["FunctionArn"])


def telling_codedeploy(status: str) -> str:
    """The code of a CodeDeploy hook that answers `status`."""
    return (
        "import boto3\n\n\n"
        "def handler(event, context):\n"
        "    boto3.client('codedeploy').put_lifecycle_event_hook_execution_status(\n"
        "        deploymentId=event['DeploymentId'],\n"
        "        lifecycleEventHookExecutionId=event['LifecycleEventHookExecutionId'],\n"
        f"        status='{status}',\n"
        "    )\n"
    )
