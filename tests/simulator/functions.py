"""Functions for hooks: uploaded as on AWS, and really run."""

import io
import zipfile

from tests.account import Account


def upload(account: Account, name: str, code: str) -> str:
    """Will create a function whose module `app` is `code`, and give its ARN."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", code)
    answer = account.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role(account, f"{name}-role"),
        Handler="app.handle",
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    return str(answer["FunctionArn"])


def role(account: Account, name: str) -> str:
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"Service": "lambda.amazonaws.com"}}]}'
    )
    return str(account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])


def telling_codedeploy(status: str) -> str:
    """The code of a CodeDeploy hook that answers `status`."""
    return (
        "import boto3\n\n\n"
        "def handle(event, context):\n"
        "    boto3.client('codedeploy').put_lifecycle_event_hook_execution_status(\n"
        "        deploymentId=event['DeploymentId'],\n"
        "        lifecycleEventHookExecutionId=event['LifecycleEventHookExecutionId'],\n"
        f"        status='{status}',\n"
        "    )\n"
    )
