"""A service that CodeDeploy deploys, in the simulated account: releases to bring, a clock to turn, visitors."""

from collections.abc import Mapping

from releases.targets.base import Ref
from releases.targets.codedeploy import config
from releases.targets.codedeploy.target import CodeDeploy
from simulator import stage
from simulator.stage import Client, Stage
from tests.contracts import rigs
from tests.contracts.fargate import FargateRig, forward, weights_of


class CodeDeployRig(FargateRig):
    """A group that holds before traffic and moves everybody at once."""

    look_s = 5

    def build(self, client: Client) -> Stage:
        return stage.build(client)

    def fresh(self) -> CodeDeploy:
        return CodeDeploy(self.config, self.account.client, self.account.world.now)

    @property
    def config(self) -> config.CodeDeployConfig:
        return config.read("shop-production", self.known)

    def weights(self, *, is_preview: bool = False) -> Mapping[str, int]:
        elb = self.account.client("elbv2")
        found = elb.describe_listeners(ListenerArns=[self._listener(is_preview=is_preview)])["Listeners"][0]
        return weights_of(found["DefaultActions"][-1])

    def weigh(self, weights: Mapping[str, int]) -> None:
        elb = self.account.client("elbv2")
        elb.modify_listener(ListenerArn=self._listener(), DefaultActions=[forward(weights)])

    def _listener(self, *, is_preview: bool = False) -> str:
        ground = self.stage.ground
        return ground.test_listener if is_preview else ground.production_listener

    def promote(self, ref: Ref) -> None:
        """Will say 100 as the machine does: again and again until it is seen and blue is kept."""
        self.target.shift(ref, 100)
        self.until(lambda: self.target.observe(ref).seen == 100 and self.is_kept(ref), "green at 100 %")

    def is_kept(self, ref: Ref) -> bool:
        return "blue is kept" in self.target.observe(ref).outside_status

    def take_back(self, ref: Ref) -> None:
        """Will say abort and clean as the machine does, until they are seen."""
        rigs.abort(self, ref)
        rigs.clean(self, ref)

    def effects(self, operation: str) -> int:
        """Will count the calls of "service:Operation" that AWS did."""
        return sum(one.is_effective for one in self.account.calls(operation))
