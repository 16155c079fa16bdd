"""Deployments that nobody began in the portal, as CodeDeploy, ECS and ECR tell of them on the simulated account."""

import hashlib
from dataclasses import replace

import pytest

from releases.rules.pipelines.outside import Begun
from releases.targets.codedeploy.history import ACTIONS, DeploymentHistory
from simulator import stage
from tests.contracts.codedeploy import CodeDeployRig
from tests.infra.calls import PREFIXES

YAML = """version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        # TaskDefinition: arn:aws:ecs:eu-west-1:1:task-definition/older:1
        TaskDefinition: "{definition}"
        LoadBalancerInfo: {{ContainerName: "web", ContainerPort: 8000}}
"""


@pytest.fixture
def rig(account):
    return CodeDeployRig(account)


@pytest.fixture
def history(rig):
    return DeploymentHistory(rig.config, rig.account.client)


def deploy(rig, definition: str, **revision) -> str:
    """Will begin a deployment as a person in the console does."""
    content = YAML.format(definition=definition)
    digest = hashlib.sha256(content.encode()).hexdigest()
    given = revision or {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": content, "sha256": digest},
    }
    client = rig.account.hand("codedeploy")
    return str(client.create_deployment(**rig.config.named, revision=given)["deploymentId"])


def define(rig, version="1.1.0", image="") -> str:
    return stage.define(rig.account.hand, rig.stage.ground, version=version, image=image)


def begun(rig, history) -> Begun:
    (found,) = history.begun(since=rig.account.world.now().replace(microsecond=0, year=2000), unended=[])
    return found


def test_a_hands_deployment_is_listed_with_its_image(rig, history):
    definition = define(rig)
    deployment_id = deploy(rig, definition)
    found = begun(rig, history)
    assert (found.id, found.definition, found.token) == (deployment_id, definition, "")
    assert (found.ended_at, found.has_succeeded, found.is_way_back) == (None, False, False)
    image = history.image(found)
    assert image.artifact == rig.images["1.1.0"]
    assert image.tags == ("1.1.0",)


def test_its_end_and_its_way_back_are_told(rig, history):
    deployment_id = deploy(rig, define(rig))
    rig.account.advance(minutes=5)
    rig.account.hand("codedeploy").stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
    rig.account.advance(minutes=10)
    since = rig.account.world.now()
    rig.account.advance(seconds=1)
    both = history.begun(since=since.replace(year=2000), unended=[])
    assert [(one.is_way_back, one.ended_at is not None) for one in both] == [(False, True), (True, True)]
    assert not both[0].has_succeeded
    # One that is not done with is asked about, however long ago it began.
    assert [one.id for one in history.begun(since=since, unended=[deployment_id])] == [deployment_id]


def test_ours_carries_its_token(rig, history):
    rig.target.start(rig.artifact(), "ours")
    assert begun(rig, history).token == "ours"


def test_a_tag_counts_where_it_was_there_before(rig, history):
    ground = rig.stage.ground
    deploy(rig, define(rig, image=f"{ground.repository}:1.1.0"))
    found = begun(rig, history)
    assert history.image(found).artifact == rig.images["1.1.0"]
    earlier = replace(found, begun_at=found.begun_at.replace(year=2000))
    assert "was pushed again since" in history.image(earlier).unknown


def test_an_appspec_in_a_bucket_is_known_by_what_it_made(rig, history):
    definition = define(rig)
    s3 = rig.account.hand("s3")
    s3.create_bucket(Bucket="specs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="specs", Key="appspec.yaml", Body=YAML.format(definition=definition).encode())
    deploy(rig, "", revisionType="S3", s3Location={"bucket": "specs", "key": "appspec.yaml", "bundleType": "YAML"})
    found = begun(rig, history)
    assert found.definition == ""
    assert "that could be read here" in history.image(found).unknown
    rig.account.advance(minutes=1)
    assert history.image(found).artifact == rig.images["1.1.0"]


def test_an_image_that_is_elsewhere_or_gone_is_told(rig, history):
    deploy(rig, define(rig, image="docker.io/library/shop:1"))
    assert "names no digest" in history.image(begun(rig, history)).unknown
    gone = Begun("d-1", "Succeeded", rig.account.world.now(), define(rig, image=f"{rig.stage.ground.repository}:gone"))
    assert "is not in ECR any more" in history.image(gone).unknown


def test_what_it_calls_is_what_it_says(rig, history):
    deploy(rig, define(rig))
    rig.account.world.journal.clear()
    history.image(begun(rig, history))
    called = {f"{PREFIXES.get(one.service, one.service)}:{one.operation}" for one in rig.account.world.journal.calls}
    assert called == ACTIONS | {"codedeploy:BatchGetDeployments"}
