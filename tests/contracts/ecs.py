"""A service that ECS deploys by itself, in the simulated account: releases to bring, a clock to turn, visitors."""

from collections.abc import Mapping

from releases.targets.base import Ref
from releases.targets.ecs import config
from releases.targets.ecs.target import Ecs
from simulator import stage
from simulator.stage import Client, Stage
from tests.contracts.fargate import FargateRig, forward, weights_of


class EcsRig(FargateRig):
    """Blue/green, unless a strategy is given."""

    name = "native"

    def build(self, client: Client) -> Stage:
        return stage.build_native(client)

    def fresh(self) -> Ecs:
        return Ecs(self.config, self.account.client, self.account.world.now)

    @property
    def config(self) -> config.EcsConfig:
        return config.read("native", self.known)

    def weights(self, *, is_preview: bool = False) -> Mapping[str, int]:
        rule = self.stage.test_rule if is_preview else self.stage.production_rule
        found = self.account.client("elbv2").describe_rules(RuleArns=[rule])["Rules"][0]
        return weights_of(found["Actions"][0])

    def weigh(self, weights: Mapping[str, int]) -> None:
        elb = self.account.client("elbv2")
        elb.modify_rule(RuleArn=self.stage.production_rule, Actions=[forward(weights)])

    def shift(self, ref: Ref, weight: int) -> None:
        """Will say the weight as the machine does: again and again until it is seen and held."""

        def is_seen() -> bool:
            if self.target.observe(ref).seen == weight and self.is_paused(ref):
                return True
            self.target.shift(ref, weight)
            return False

        self.until(is_seen, what=f"green at {weight} %")

    def is_paused(self, ref: Ref) -> bool:
        return "pause" in self.target.observe(ref).outside_status

    def calls(self):
        """Will give every call since the stage was built."""
        return self.account.world.journal.calls

    def effects(self, operation: str) -> int:
        """Will count the calls of one operation of ECS that AWS did."""
        return sum(one.is_effective for one in self.account.calls(f"ecs:{operation}"))
