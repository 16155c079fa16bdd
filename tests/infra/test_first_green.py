"""The first promoted green on the stacks, by the portal's own adapters, with the environment's role and nothing else.

Every call is held to that role's policies, actions and resources, as IAM would.
"""

import hashlib
import json

import pytest
from botocore.exceptions import ClientError

from portal import aws
from releases.measures import registry as measures
from releases.rules.digests import of_release
from releases.rules.observation import Health
from releases.targets import registry as targets
from releases.targets.base import Artifact
from simulator.services import iam
from tests.account import REGION
from tests.infra import standing

LONGEST_S = 1800
LOOK_S = 5
NEEDED = ("packages", "network", "pipeline", "balancer", "service", "release")


class Journey:
    """Stacks of an environment, its images, and its target as `manage.py environment establish` will make it."""

    def __init__(self, account, name, kind, **parameters) -> None:
        self.account = account
        account.world.clock.run_at(0)
        environment = standing.environment(
            name, stacks=NEEDED, Certificate=standing.certificate(account), PortalAddress="https://releases.example.org"
        )
        self.standing = standing.Standing(account, environment)
        self.standing.up("packages", "network", "pipeline", "balancer")
        self.images = {version: self._push(version) for version in ("1.0.0", "1.1.0", "1.2.0")}
        self.standing.up(FirstImage=self.images["1.0.0"], **parameters)
        self.config = self.standing.deployer.config()
        account.advance(minutes=5)
        iam.enforce()
        self.kind = kind
        self.target = targets.target_for(kind, name, self.config)

    def _push(self, version: str) -> str:
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        config = {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1,
            "digest": f"sha256:{version}",
        }
        manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})
        digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        self.account.client("ecr").put_image(
            repositoryName="covid-insights", imageTag=version, imageManifest=manifest, imageDigest=digest
        )
        return f"123456789012.dkr.ecr.{REGION}.amazonaws.com/covid-insights@{digest}"

    def bring(self, version: str):
        digest = of_release(commit="0" * 40, artifact=self.images[version], configuration={})
        artifact = Artifact("covid-insights", version, digest, "0" * 40, image=self.images[version], configuration={})
        ref = self.target.start(artifact, f"token-{version}")
        self.until(lambda: self.target.observe(ref).green is Health.HEALTHY, f"{version} healthy")
        self.account.advance(minutes=2)
        return ref

    def until(self, condition, what: str):
        for _ in range(0, LONGEST_S, LOOK_S):
            if condition():
                return
            self.account.advance(seconds=LOOK_S)
        raise AssertionError(f"{what} did not come true; calls: {self.account.world.journal.counts()}")

    def promote(self, ref) -> None:
        def is_moved() -> bool:
            self.target.shift(ref, 100)
            return self.target.observe(ref).seen == 100

        self.until(is_moved, "green at 100 %")
        self.account.advance(minutes=2)  # until blue is kept, and not on its way any more

    def finish(self, ref) -> None:
        self.target.finish(ref)
        self.until(lambda: self.target.observe(ref).is_finished, "finished")

    def take_back(self, ref) -> None:
        def is_back() -> bool:
            self.target.abort(ref)
            return self.target.observe(ref).seen == 0

        self.until(is_back, "blue at 100 %")

    def wrong_findings(self, ref) -> list[str]:
        found = self.target.foresee(ref, [100]).findings
        return [one.sentence for one in found if not one.is_good and one.code == "permissions"]


@pytest.mark.parametrize(("name", "kind"), [("production", "codedeploy"), ("staging", "ecs")])
def test_a_green_is_promoted_and_another_taken_back_by_the_release_role_alone(account, name, kind):
    journey = Journey(account, name, kind)
    account.world.journal.clear()
    ref = journey.bring("1.1.0")
    assert journey.wrong_findings(ref) == []
    measures.measure_for("cloudwatch", name, journey.config, target=kind).read(now=account.world.now())
    journey.promote(ref)
    journey.finish(ref)
    bad = journey.bring("1.2.0")
    journey.promote(bad)
    journey.take_back(bad)
    sessions = [one.caller for one in account.world.journal.calls if "assumed-role" in one.caller]
    assert sessions
    assert {one.split("/")[1] for one in sessions} == {f"verdigris-{name}-release"}


def test_the_release_role_may_do_nothing_else(account):
    journey = Journey(account, "production", "codedeploy")
    access = aws.Access(REGION, journey.config["role_arn"], journey.config["external_id"])
    for call in (
        lambda: aws.client("ecs", access).delete_service(cluster=journey.config["cluster"], service="x"),
        lambda: aws.client("ecs", access).describe_services(cluster="another", services=["another"]),
        lambda: aws.client("iam", access).list_roles(),
    ):
        with pytest.raises(ClientError, match="not authorized"):
            call()
