"""A service that CodeDeploy deploys, in the simulated account: releases to bring, a clock to turn, visitors."""

from releases.rules.digests import of_release
from releases.rules.observation import Health
from releases.targets.base import Artifact, Ref, TargetError
from releases.targets.codedeploy import config
from releases.targets.codedeploy.target import CodeDeploy
from simulator import stage
from tests.account import Account

# Nothing of the account takes longer: a task starts in half a minute and drains for five.
LONGEST_S = 1800
LOOK_S = 5


class CodeDeployRig:
    """The account's clock stands still until it is turned."""

    def __init__(self, account: Account, **known) -> None:
        self.account = account
        account.world.clock.run_at(0)
        self.stage = stage.build(account.client)
        account.advance(minutes=5)
        self.config = config.read("shop-production", {**self.stage.target_config, **known})
        self.target = self.fresh()
        account.world.journal.clear()

    def fresh(self) -> CodeDeploy:
        """Will give the target as another process has it."""
        return CodeDeploy(self.config, self.account.client, self.account.world.now)

    def artifact(self, version: str = "1.1.0", mode: str = "well") -> Artifact:
        configuration = {} if mode == "well" else {"PORTAL_FAULT_START": "1"}
        image = self.stage.ground.image(version)
        digest = of_release(commit="0" * 40, artifact=image, configuration=configuration)
        return Artifact("shop", version, digest, "0" * 40, image=image, configuration=configuration)

    def until(self, condition, what: str = ""):
        """Will turn the clock until `condition` gives something true, and give that."""
        for _ in range(0, LONGEST_S, LOOK_S):
            found = condition()
            if found:
                return found
            self.account.advance(seconds=LOOK_S)
        raise AssertionError(f"{what or condition} did not come true; calls: {self.account.world.journal.counts()}")

    def bring(self, version: str = "1.1.0", token: str = "") -> Ref:
        """Will start a release and turn the clock until it waits for promotion."""
        ref = self.target.start(self.artifact(version), token or f"token-{version}")
        self.until(lambda: "waits for promotion" in self.target.observe(ref).outside_status, "green up")
        assert self.target.observe(ref).green is Health.HEALTHY
        return ref

    def promote(self, ref: Ref) -> None:
        """Will say 100 as the machine does: again and again until it is seen and blue is kept."""
        self.target.shift(ref, 100)
        self.until(lambda: self.target.observe(ref).seen == 100 and self.is_kept(ref), "green at 100 %")

    def is_kept(self, ref: Ref) -> bool:
        return "blue is kept" in self.target.observe(ref).outside_status

    def release(self, version: str = "1.1.0", token: str = "") -> Ref:
        """Will bring a release all the way to blue."""
        ref = self.bring(version, token)
        self.promote(ref)
        self.target.finish(ref)
        self.until(lambda: self.target.observe(ref).is_finished, "finished")
        return ref

    def take_back(self, ref: Ref) -> None:
        """Will say abort as the machine does, until it is seen."""

        def is_back() -> bool:
            seen = self.target.observe(ref)
            if seen.seen == 0 and not seen.is_finished:
                return True
            try:
                self.target.abort(ref)
            except TargetError as error:
                if error.permanent:
                    raise
            return False

        self.until(is_back, "everything back on blue")

        def is_gone() -> bool:
            self.target.clean(ref)
            return self.target.observe(ref).green is Health.ABSENT

        self.until(is_gone, "green gone")

    def serving(self) -> str:
        """Will name the version to which the production listener sends everybody."""
        client = self.account.client("ecs")
        found = client.describe_services(cluster=self.config.cluster, services=[self.config.service])["services"][0]
        listener = self.stage.ground.production_listener
        action = self.account.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"][0]
        group = action["DefaultActions"][0]
        arns = {group.get("TargetGroupArn")} | {
            one["TargetGroupArn"] for one in group.get("ForwardConfig", {}).get("TargetGroups", []) if one["Weight"]
        }
        definitions = [
            one["taskDefinition"]
            for one in found["taskSets"]
            if one["loadBalancers"][0]["targetGroupArn"] in arns - {None}
        ]
        images = {self._image(definition) for definition in definitions}
        versions = {self.stage.ground.image(version): version for version in stage.VERSIONS}
        return versions.get(images.pop(), "") if len(images) == 1 else f"{len(images)} versions"

    def _image(self, definition: str) -> str:
        described = self.account.client("ecs").describe_task_definition(taskDefinition=definition)
        return str(described["taskDefinition"]["containerDefinitions"][0]["image"])

    def effects(self, operation: str) -> int:
        """Will count the calls of "service:Operation" that AWS did."""
        return sum(one.is_effective for one in self.account.calls(operation))
