"""A service that ECS deploys by itself, in the simulated account: releases to bring, a clock to turn, visitors."""

import json
import zlib

from releases.rules.digests import of_release
from releases.rules.observation import Health
from releases.targets.base import Artifact, Ref
from releases.targets.ecs import config
from releases.targets.ecs.target import Ecs
from simulator import stage
from tests.account import Account

# Nothing of the account takes longer: a task starts in half a minute and drains for five.
LONGEST_S = 1800
LOOK_S = 10


class EcsRig:
    """The account's clock stands still until it is turned."""

    def __init__(self, account: Account, **known) -> None:
        self.account = account
        account.world.clock.run_at(0)
        self.stage = stage.build_native(account.client)
        account.advance(minutes=5)
        self.config = config.read("native", {**self.stage.target_config, **known})
        self.target = Ecs(self.config, account.client)
        account.world.journal.clear()

    def artifact(self, version: str, mode: str = "well") -> Artifact:
        configuration = {} if mode == "well" else {"PORTAL_FAULT_START": "1"}
        image = self._image(version)
        digest = of_release(commit="0" * 40, artifact=image, configuration=configuration)
        return Artifact("native", version, digest, "0" * 40, image=image, configuration=configuration)

    def _image(self, version: str) -> str:
        if version in self.stage.ground.digests:
            return self.stage.ground.image(version)
        manifest = json.dumps({"schemaVersion": 2, "config": {"digest": version}, "layers": []})
        ecr, name = self.account.client("ecr"), self.stage.ground.name
        made = ecr.put_image(repositoryName=name, imageTag=version, imageManifest=manifest)
        return f"{self.stage.ground.repository}@{made['image']['imageId']['imageDigest']}"

    def ask(self, visitor: str, *, is_preview: bool = False) -> str:
        rule = self.stage.test_rule if is_preview else self.stage.production_rule
        forward = self.account.client("elbv2").describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0][
            "ForwardConfig"
        ]
        groups = [(one["TargetGroupArn"], one["Weight"]) for one in forward["TargetGroups"]]
        point = zlib.crc32(visitor.encode()) % sum(weight for _, weight in groups)
        for group, weight in groups:
            if point < weight:
                return self._version_behind(group)
            point -= weight
        return ""

    def meddle(self, share: int) -> None:
        """Will give the target group that does not serve a share of the visitors, by hand."""
        weights = ((self.stage.ground.blue_target_group, 100 - share), (self.stage.ground.green_target_group, share))
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights]
        self.account.client("elbv2").modify_rule(
            RuleArn=self.stage.production_rule,
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )

    def _version_behind(self, group: str) -> str:
        ecs, place = self.account.client("ecs"), {"cluster": self.config.cluster, "services": [self.config.service]}
        revisions = ecs.describe_services(**place)["services"][0]["currentServiceRevisions"]
        running = [one["arn"] for one in revisions if one["runningTaskCount"]]
        versions = {self._image(version): version for version in self.stage.ground.digests}
        for one in ecs.describe_service_revisions(serviceRevisionArns=running)["serviceRevisions"] if running else []:
            if one["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"] == group:
                return versions[one["containerImages"][0]["image"]]
        return ""

    def until(self, condition, what: str = ""):
        """Will turn the clock until `condition` gives something true, and give that."""
        for _ in range(0, LONGEST_S, LOOK_S):
            found = condition()
            if found:
                return found
            self.account.advance(seconds=LOOK_S)
        raise AssertionError(f"{what or condition} did not come true; calls: {self.account.world.journal.counts()}")

    def bring(self, version: str, token: str = "") -> Ref:
        """Will start a release and turn the clock until it waits at the first pause."""
        ref = self.target.start(self.artifact(version), token or f"token-{version}")
        self.until(lambda: self.is_paused(ref), what="green up")
        assert self.target.observe(ref).green is Health.HEALTHY
        return ref

    def shift(self, ref: Ref, weight: int) -> None:
        """Will say the weight as the machine does: again and again until it is seen."""

        def is_seen() -> bool:
            seen = self.target.observe(ref)
            if seen.seen == weight and "pause" in seen.outside_status:
                return True
            self.target.shift(ref, weight)
            return False

        self.until(is_seen, what=f"green at {weight} %")

    def release(self, version: str, token: str = "") -> Ref:
        """Will bring a release all the way to blue."""
        ref = self.bring(version, token)
        self.shift(ref, 100)
        self.target.finish(ref)
        self.until(lambda: self.target.observe(ref).is_finished, what="finished")
        return ref

    def is_paused(self, ref: Ref) -> bool:
        return "pause" in self.target.observe(ref).outside_status

    def calls(self):
        """Will give every call since the stage was built."""
        return self.account.world.journal.calls

    def effects(self, operation: str) -> int:
        """Will count the calls of one operation of ECS that AWS did."""
        return sum(one.is_effective for one in self.account.calls(f"ecs:{operation}"))
