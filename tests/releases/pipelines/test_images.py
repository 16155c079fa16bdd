"""Images in the simulated account's ECR."""

import json

import pytest

from releases.pipelines.base import Config, Image, PipelineError
from releases.pipelines.codepipeline import ACTIONS, CodePipeline

COMMIT = "b" * 40


@pytest.fixture
def ecr(account):
    client = account.client("ecr")
    client.create_repository(repositoryName="team/shop")
    return client


@pytest.fixture
def pipeline(account):
    images = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/shop"
    return CodePipeline(Config("eu-west-1", images=images), account.client)


def put(ecr, number: int, *tags: str) -> str:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": 1, "digest": f"sha256:{number:064x}"}
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": layer, "layers": [layer]})
    digest = ""
    for tag in tags:
        put_one = ecr.put_image(repositoryName="team/shop", imageManifest=manifest, imageTag=tag)
        digest = put_one["image"]["imageId"]["imageDigest"]
    return digest


def test_the_first_tag_that_there_is_counts(ecr, pipeline):
    first = put(ecr, 1, "1.0.0", "latest")
    second = put(ecr, 2, COMMIT[:12])
    assert pipeline.image(tags=("1.0.0", COMMIT[:12])) == Image(first, ("1.0.0", "latest"))
    assert pipeline.image(tags=("9.9.9", COMMIT[:12])) == Image(second, (COMMIT[:12],))


def test_an_image_by_its_digest(ecr, pipeline, account):
    digest = put(ecr, 1, "1.0.0")
    account.world.journal.clear()
    assert pipeline.image(digest=digest) == Image(digest, ("1.0.0",))
    assert set(account.world.journal.counts()) <= ACTIONS


def test_none(ecr, pipeline):
    assert pipeline.image(tags=("1.0.0",)) is None
    assert pipeline.image(tags=()) is None
    assert pipeline.image(digest=f"sha256:{'0' * 64}") is None


def test_without_a_repository_nobody_is_asked(account):
    assert CodePipeline(Config("eu-west-1"), account.client).image(tags=("1.0.0",)) is None
    assert account.world.journal.calls == []


def test_a_repository_that_is_gone_is_told(pipeline):
    with pytest.raises(PipelineError, match="ECR about the images of team/shop"):
        pipeline.image(tags=("1.0.0",))
