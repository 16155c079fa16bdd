"""What a call asks of IAM: its action, the resource it touches and the context keys that come with it.

Most actions are named after their operation; resources are read from the parameters. A call whose resource can't be
told from them, such as a deployment's by its id alone, is only held to its action: `resource` is then None.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.operations import Context

# The names by which policies call services, where botocore's differ (Service Authorization Reference).
PREFIXES = {"elbv2": "elasticloadbalancing", "stepfunctions": "states", "service-quotas": "servicequotas"}
# Actions that aren't named after their operation.
RENAMED = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:CopyObject": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
# Who needs no right at all.
FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
# Roles that a call hands to a service, by the parameters that name them, and the service.
PASSED = {
    "ecs:RegisterTaskDefinition": (("executionRoleArn", "taskRoleArn"), "ecs-tasks.amazonaws.com"),
    "lambda:CreateFunction": (("Role",), "lambda.amazonaws.com"),
    "codedeploy:CreateDeploymentGroup": (("serviceRoleArn",), "codedeploy.amazonaws.com"),
    "codebuild:CreateProject": (("serviceRole",), "codebuild.amazonaws.com"),
}

Parameters = Mapping[str, Any]
Naming = Callable[[Parameters], str]


def asked(
    service: str, operation: str, parameters: Parameters, context: Context
) -> Iterator[tuple[str, str | None, dict[str, list[str]]]]:
    """Will give every (action, resource, context keys) that the call must be allowed."""
    named = f"{PREFIXES.get(service, service)}:{operation}"
    action = RENAMED.get(named, named)
    if action in FREE:
        return
    facts = {
        "aws:RequestedRegion": [context.region],
        "aws:PrincipalAccount": [context.account],
        "aws:PrincipalArn": [context.caller],
        "aws:SecureTransport": ["true"],
    }
    if cluster := parameters.get("cluster"):
        facts["ecs:cluster"] = [_arn("ecs", f"cluster/{str(cluster).rpartition('/')[2]}", context)]
    yield action, resource_of(service, parameters, context), facts
    names, receiver = PASSED.get(action, ((), ""))
    for role in (parameters.get(name) for name in names):
        if role:
            yield "iam:PassRole", str(role), {**facts, "iam:PassedToService": [receiver]}


def resource_of(service: str, parameters: Parameters, context: Context) -> str | None:
    """Will give the ARN that a call touches; None where its parameters don't tell."""
    for name, value in parameters.items():
        if name in _ARNS and isinstance(value, str) and value.startswith("arn:"):
            return value
    naming = _NAMED.get(service)
    named = naming(parameters) if naming else ""
    if not named:
        return None
    if service == "s3":
        # Actions on a whole bucket name no key.
        return f"arn:aws:s3:::{named}"
    if service in {"route53", "iam"}:
        account = "" if service == "route53" else context.account
        return f"arn:aws:{service}::{account}:{named}"
    return _arn(PREFIXES.get(service, service), named, context)


_ARNS = frozenset(
    {
        *("service", "serviceDeploymentArn", "ListenerArn", "RuleArn", "TargetGroupArn"),
        *("FunctionName", "RoleArn", "PolicySourceArn", "SecretId", "TopicArn", "stateMachineArn", "TargetArn"),
    }
)


def _arn(service: str, named: str, context: Context) -> str:
    return f"arn:aws:{service}:{context.region}:{context.account}:{named}"


def _join(*names: str) -> Naming:
    """Will write "kind/a/b" from the parameters named; "" while one is missing."""
    kind, *members = names

    def write(parameters: Parameters) -> str:
        values = [str(parameters.get(one) or "") for one in members]
        return f"{kind}{'/'.join(values)}" if all(values) else ""

    return write


def _first(*namings: Naming) -> Naming:
    return lambda parameters: next((one for one in (naming(parameters) for naming in namings) if one), "")


def _ecs(parameters: Parameters) -> str:
    cluster = str(parameters.get("cluster") or "default").rpartition("/")[2]
    name = parameters.get("service") or (parameters.get("services") or [""])[0]
    return f"service/{cluster}/{str(name).rpartition('/')[2]}" if name else ""


def _route53(parameters: Parameters) -> str:
    if zone := parameters.get("HostedZoneId"):
        return f"hostedzone/{str(zone).rpartition('/')[2]}"
    if check := parameters.get("HealthCheckId"):
        return f"healthcheck/{check}"
    return f"change/{str(parameters['Id']).rpartition('/')[2]}" if "Id" in parameters else ""


def _s3(parameters: Parameters) -> str:
    bucket, key = parameters.get("Bucket"), parameters.get("Key")
    if deleted := parameters.get("Delete"):
        # Those of one request stand beside each other: the first speaks for all.
        key = deleted["Objects"][0]["Key"]
    return f"{bucket}/{key}" if bucket and key else str(bucket or "")


_NAMED: dict[str, Naming] = {
    "codedeploy": _first(
        _join("deploymentgroup:", "applicationName", "deploymentGroupName"), _join("application:", "applicationName")
    ),
    "ecs": _ecs,
    "route53": _route53,
    "s3": _s3,
    "lambda": _join("function:", "FunctionName"),
    "sqs": lambda parameters: str(parameters.get("QueueUrl", "")).rpartition("/")[2],
    "ecr": _join("repository/", "repositoryName"),
    "codecommit": _join("", "repositoryName"),
    "codepipeline": _first(
        _join("", "pipelineName", "stageName", "actionName"),
        _join("", "pipelineName", "stageName"),
        _join("", "pipelineName"),
        _join("", "name"),
    ),
    "codebuild": _first(_join("project/", "projectName"), _join("project/", "name")),
    "iam": _join("role/", "RoleName"),
    "athena": _join("workgroup/", "WorkGroup"),
    "service-quotas": _join("", "ServiceCode", "QuotaCode"),
}
