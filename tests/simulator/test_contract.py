"""What botocore's models allow, and what they don't."""

import pytest
from botocore.session import Session

from simulator import contract

CODEDEPLOY = Session().get_service_model("codedeploy")
GET = CODEDEPLOY.operation_model("GetDeployment").output_shape
BATCH = CODEDEPLOY.operation_model("BatchGetDeployments").input_shape
CREATE = CODEDEPLOY.operation_model("CreateDeployment").input_shape
ATHENA = Session().get_service_model("athena").operation_model("StartQueryExecution").input_shape


@pytest.mark.parametrize(
    ("shape", "value", "told"),
    [
        (GET, {"deploymentInfo": {"status": "DONE"}}, "none of DeploymentStatus"),
        (GET, {"deploymentInfo": {"state": "Ready"}}, "Unknown parameter"),
        (GET, {"deploymentInfo": {"status": 3}}, "Invalid type"),
        (BATCH, {}, "Missing required"),
        (CREATE, {"applicationName": "x" * 101}, "longer than 100"),
        (ATHENA, {"QueryString": "SELECT 1", "WorkGroup": "no spaces"}, "breaks the pattern"),
        (None, {"something": 1}, "the model has none"),
    ],
)
def test_what_aws_would_never_say_is_found(shape, value, told):
    found = contract.violations(shape, value, "here")
    assert any(told in one for one in found), found


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (GET, {"deploymentInfo": {"status": "Ready", "deploymentId": None}}),
        (BATCH, {"deploymentIds": ["d-1"]}),
        (None, None),
        (None, {}),
    ],
)
def test_what_aws_may_say_passes(shape, value):
    assert contract.violations(shape, value, "here") == []


def test_a_union_takes_exactly_one_member():
    converse = Session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape
    message = {"role": "user", "content": [{"text": "a", "toolUse": {"toolUseId": "x", "name": "n", "input": {}}}]}
    found = contract.violations(converse, {"modelId": "m", "messages": [message]}, "here")
    assert any("takes exactly one member" in one for one in found)
