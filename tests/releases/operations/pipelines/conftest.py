"""One service with its pipeline in memory, an environment behind its gate, and a clock."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from portal.accounts import actors
from portal.accounts.actors import Actor
from portal.accounts.permissions import Role
from releases.models import Build, Environment, PipelineLink, Release, Rollout
from releases.operations import advance, releases
from releases.operations.pipelines import links, looking
from releases.operations.releases import Recorded, Recording
from releases.pipelines import memory
from releases.rules.pipelines.seen import Report
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories
from tests.factories import Clock

REGION = "eu-west-1"
IMAGES = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/notices"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:notices"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def commit(number: int) -> str:
    return f"{number:040x}"


@dataclass
class Shop:
    """The service `shop`, its pipeline, and everybody around it."""

    environment: Environment
    link: PipelineLink
    builder: Actor
    clock: Clock = field(default_factory=Clock)

    @property
    def pipeline(self) -> memory.MemoryPipeline:
        return memory.named("shop")

    @property
    def mailbox(self) -> memory.MemoryMailbox:
        return memory.mailbox(QUEUE)

    @property
    def rollout(self) -> Rollout:
        return Rollout.objects.latest("id")

    @property
    def build(self) -> Build:
        return Build.objects.latest("id")

    def look(self) -> None:
        assert looking.look(self.link.pk, now=self.clock.now())

    def start(self, number: int = 1) -> str:
        return self.pipeline.start(commit(number), at=self.clock.now(), subject=f"Change {number}")

    def finish(self, number: int = 1, exported: Mapping[str, str] | None = None, **more: Any) -> None:
        facts = {"RELEASE_VERSION": f"1.{number}.0", "IMAGE_DIGEST": digest(number)} if exported is None else exported
        self.pipeline.finish_build(facts, at=self.clock.now(), **more)

    def tell(self, number: int = 1, key: str = "", **more: Any) -> Recorded:
        """Will say what the build itself says at its end."""
        facts = {"commit": commit(number), "artifact": f"{IMAGES}@{digest(number)}", **more}
        recording = Recording(service="shop", version=f"1.{number}.0", **facts)
        return releases.record(recording, by=self.builder, now=self.clock.now(), key=key)

    def release(self, number: int = 1) -> Release:
        return Release.objects.get(version=f"1.{number}.0")

    def to_gate(self, number: int = 1) -> str:
        """Will build a release, have it recorded, and bring its rollout to READY while the gate waits."""
        execution = self.start(number)
        self.finish(number)
        self.look()
        self.settle()
        assert self.rollout.state == State.READY
        return execution

    def settle(self) -> Rollout:
        advance.settle(self.rollout.pk, clock=self.clock.now)
        return self.rollout


def notice(kind: str, detail: Mapping[str, Any], **more: Any) -> str:
    """An event as EventBridge brings it."""
    event = {
        "version": "0",
        "id": "CWE-event-id",
        "detail-type": kind,
        "source": "aws.codepipeline",
        "account": "111122223333",
        "time": "2026-11-22T12:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": detail,
        **more,
    }
    return json.dumps(event)


PIPELINE_NOTICE = notice("CodePipeline Pipeline Execution State Change", {"pipeline": "shop", "version": 3.0})
BUILD_NOTICE = notice(
    "CodeBuild Build State Change",
    {
        "project-name": "shop-build",
        "build-status": "SUCCEEDED",
        "additional-information": {"environment": {"environment-variables": [{"name": "P", "value": "hunter2"}]}},
    },
)
IMAGE_NOTICE = notice("ECR Image Action", {"repository-name": "shop", "image-digest": digest(1), "image-tag": "1.1.0"})


@pytest.fixture(autouse=True)
def _fresh_pipelines():
    yield
    memory.forget_all()


@pytest.fixture
def shop(db: None) -> Shop:
    return new_shop()


def new_shop() -> Shop:
    environment = factories.environment(policy=Policy(opens_by_itself=True), service=factories.service(slug="shop"))
    operator = factories.actor(Role.OPERATOR)
    clock = Clock()
    linking = links.Linking(
        service="shop",
        kind="memory",
        region=REGION,
        name="shop",
        project="shop-build",
        images=IMAGES,
        queue_url=QUEUE,
        topic_arn=TOPIC,
        gates={"production": memory.GATE},
    )
    link = links.link(linking, by=operator, now=clock.now() - timedelta(hours=1))
    builder = actors.from_user(factories.user(Role.DEVELOPER))
    return Shop(environment, link, builder, clock)


TESTS = Report(total=12, passed=11)
