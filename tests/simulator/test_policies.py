"""What policies allow, for a question and for every call."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from portal import aws
from simulator import policies
from simulator.operations import Context
from simulator.policies import Decision, Request
from simulator.services.iam import enforce, refusal
from tests.account import REGION, Account
from tests.simulator.lambdas import create_role

ALLOWED, IMPLICIT, EXPLICIT = Decision.ALLOWED, Decision.IMPLICIT_DENY, Decision.EXPLICIT_DENY
SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/one/web"


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], IMPLICIT),
        ([allow("ecs:UpdateService", SERVICE)], ALLOWED),
        ([allow("ecs:updateservice", SERVICE)], ALLOWED),
        ([allow(["ecs:Update*"], ["arn:aws:ecs:*:*:service/one/*"])], ALLOWED),
        ([allow("ecs:UpdateService", "arn:aws:ecs:eu-west-1:123456789012:service/two/web")], IMPLICIT),
        ([allow("*"), deny("ecs:*", SERVICE)], EXPLICIT),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ALLOWED),
        ([{"Effect": "Allow", "NotAction": "ecs:*", "Resource": "*"}], IMPLICIT),
        ([{"Effect": "Allow", "Action": "*", "NotResource": SERVICE}], IMPLICIT),
        ([allow("*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})], ALLOWED),
        ([allow("*", Condition={"StringEquals": {"aws:RequestedRegion": ["us-east-1"]}})], IMPLICIT),
        ([allow("*", Condition={"StringLike": {"aws:requestedregion": "eu-*"}})], ALLOWED),
        ([allow("*", Condition={"ArnLike": {"ecs:cluster": "arn:aws:ecs:*:*:cluster/one"}})], IMPLICIT),
        ([allow("*", Condition={"ArnLikeIfExists": {"ecs:cluster": "arn:aws:ecs:*:*:cluster/one"}})], ALLOWED),
        ([allow("*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})], IMPLICIT),
        ([allow("*", Condition={"Null": {"ecs:cluster": True}})], ALLOWED),
        ([allow("ecs:*", "arn:aws:ecs:${aws:RequestedRegion}:*:service/one/web")], ALLOWED),
    ],
)
def test_a_request_is_decided(statements: list[dict[str, Any]], expected: Decision) -> None:
    request = Request("ecs:UpdateService", SERVICE, {"aws:RequestedRegion": ["eu-west-1"]})

    assert policies.judge([{"Statement": statements}], request).decision is expected


def test_an_unknown_condition_is_no_silent_yes() -> None:
    document = {"Statement": allow("*", Condition={"Wishful": {"aws:X": "1"}})}

    with pytest.raises(ValueError, match="Wishful"):
        policies.judge([document], Request("ecs:UpdateService"))


def test_a_principals_policies_are_simulated(account: Account) -> None:
    role = create_role(account, "portal", allow("ecs:UpdateService", SERVICE), deny("ecs:DeleteService"))
    iam = account.client("iam")
    passing = allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}})
    made = iam.create_policy(PolicyName="pass", PolicyDocument=_document(passing))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="portal", PolicyArn=made)

    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["ecs:UpdateService", "ecs:DeleteService", "ecs:StopTask", "iam:PassRole"],
        ResourceArns=[SERVICE],
    )["EvaluationResults"]

    assert {one["EvalActionName"]: one["EvalDecision"] for one in answer} == {
        "ecs:UpdateService": "allowed",
        "ecs:DeleteService": "explicitDeny",
        "ecs:StopTask": "implicitDeny",
        "iam:PassRole": "implicitDeny",
    }
    assert answer[0]["MatchedStatements"][0]["SourcePolicyId"] == "own"
    assert answer[3]["MissingContextValues"] == ["iam:PassedToService"]


def test_a_role_that_is_not_there_cannot_be_simulated(account: Account) -> None:
    iam = account.client("iam")

    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::123456789012:role/none", ActionNames=["ecs:StopTask"]
        )


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


CALLER = Context("123456789012", "eu-west-1", "arn:aws:sts::123456789012:assumed-role/portal/dora")


def refused(api: str, operation: str, **parameters: Any) -> str:
    error = refusal(api, operation, parameters, CALLER)
    return f"{error.code}: {error.message}" if error else ""


def test_calls_are_held_to_the_roles_policies(account: Account) -> None:
    zone = "arn:aws:route53:::hostedzone/Z1"
    ours = "arn:aws:iam::123456789012:role/task"
    create_role(
        account,
        "portal",
        allow("ecs:UpdateService", SERVICE),
        allow("ecs:RegisterTaskDefinition"),
        allow("iam:PassRole", ours, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
        allow("route53:ChangeResourceRecordSets", zone),
        allow("codedeploy:StopDeployment", "arn:aws:codedeploy:*:*:deploymentgroup:app/*"),
    )
    before = refused("ecs", "UpdateService", cluster="two", service="web")
    enforce()

    assert before == ""
    assert refused("ecs", "UpdateService", cluster="one", service="web") == ""
    assert refused("ecs", "UpdateService", cluster="two", service="web") == (
        "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/portal/dora is not authorized to perform: "
        "ecs:UpdateService on resource: arn:aws:ecs:eu-west-1:123456789012:service/two/web because no identity-based "
        "policy allows the ecs:UpdateService action"
    )
    assert refused("ecs", "RegisterTaskDefinition", taskRoleArn=ours) == ""
    assert "iam:PassRole" in refused(
        "ecs", "RegisterTaskDefinition", taskRoleArn="arn:aws:iam::123456789012:role/admin"
    )
    assert refused("route53", "ChangeResourceRecordSets", HostedZoneId="/hostedzone/Z1") == ""
    assert refused("route53", "ChangeResourceRecordSets", HostedZoneId="Z2").startswith("AccessDenied:")
    assert refused("codedeploy", "StopDeployment", deploymentId="d-1") == ""
    assert refused("sts", "GetCallerIdentity") == ""


def test_a_role_that_may_not_is_refused_by_every_service(account: Account) -> None:
    role = create_role(account, "portal", allow("ecs:DescribeServices"))
    account.client("sqs").create_queue(QueueName="q")
    enforce()
    bound = replace(account, access=aws.Access(REGION, role, session="dora"))
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("ecs", "list_clusters", {}),
        ("route53", "list_hosted_zones", {}),
        ("cloudwatch", "describe_alarms", {}),
        ("elbv2", "describe_load_balancers", {}),
        ("sqs", "list_queues", {}),
        ("lambda", "list_functions", {}),
        ("codedeploy", "stop_deployment", {"deploymentId": "d-ABCDEFGHI"}),
    ]

    codes = {}
    for service, operation, words in asked:
        with pytest.raises(ClientError, match="assumed-role/portal/dora is not authorized to perform") as refused:
            getattr(bound.client(service), operation)(**words)
        codes[service] = refused.value.response["Error"]["Code"]

    xml = {"route53", "cloudwatch", "elbv2", "sqs"}
    assert codes == {one: "AccessDenied" if one in xml else "AccessDeniedException" for one, _, _ in asked}
    assert account.client("sqs").list_queues()["QueueUrls"]
    assert [call.is_effective for call in account.calls("ecs:ListClusters")] == [False]
