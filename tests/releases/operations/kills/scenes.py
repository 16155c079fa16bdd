"""The targets on the simulated account whose rollouts live and die: what each releases, and what must be done once."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from releases.rules.plan import Plan, Step
from releases.targets import registry
from releases.targets.base import Target
from releases.targets.codedeploy import config as codedeploy
from releases.targets.codedeploy.target import CodeDeploy
from releases.targets.ecs import config as ecs
from releases.targets.ecs.target import Ecs
from releases.targets.sided import config as sided
from releases.targets.sided.movers.lambda_swap import LambdaSwap
from releases.targets.sided.movers.route53 import Route53
from releases.targets.sided.note import Side
from releases.targets.sided.places.nested import Nested
from releases.targets.sided.target import TwoSided
from simulator import stage
from tests.account import REGION, Account
from tests.contracts.codedeploy import CodeDeployRig
from tests.contracts.ecs import EcsRig
from tests.contracts.sided import ListenerRig, Route53Rig, record, settings
from tests.infra import swap
from tests.releases.operations.kills.mortal import Bodies

Makers = Mapping[str, Callable[[str, Mapping[str, Any]], Target]]
CANARY = {"strategy": "CANARY", "step_percent": 10}
AT_ONCE = Plan((Step(100, is_analysed=False),), bake_s=30)


class OnCodeDeploy:
    """A service that CodeDeploy deploys."""

    kind = "codedeploy"
    plan = AT_ONCE
    begun: Mapping[str, int] = {"ecs:RegisterTaskDefinition": 1, "codedeploy:CreateDeployment": 1}
    promoted: Mapping[str, int] = {**begun, "codedeploy:ContinueDeployment": 2, "codedeploy:StopDeployment": 0}
    rolled_back: Mapping[str, int] = {**begun, "codedeploy:ContinueDeployment": 1, "codedeploy:StopDeployment": 1}
    stop = "StopDeployment"

    def __init__(self, account: Account) -> None:
        self.account = account
        self.rig = CodeDeployRig(account)
        self.config = self.rig.stage.target_config

    def makers(self, clients: Any) -> Makers:
        def make(name: str, value: Mapping[str, Any]) -> Target:
            return CodeDeploy(codedeploy.read(name, value), clients, self.account.world.now)

        return {self.kind: make}

    def artifact(self, version: str) -> Mapping[str, Any]:
        return {"artifact": self.rig.stage.ground.image(version)}

    def serving(self) -> str:
        return self.rig.serving()


class OnEcs:
    """A service that ECS itself deploys, a tenth of the visitors first."""

    kind = "ecs"
    plan = Plan((Step(10, is_analysed=False), Step(100, is_analysed=False)), bake_s=30)
    begun: Mapping[str, int] = {"ecs:RegisterTaskDefinition": 1, "ecs:UpdateService": 1}
    promoted: Mapping[str, int] = {**begun, "ecs:ContinueServiceDeployment": 3, "ecs:StopServiceDeployment": 0}
    rolled_back: Mapping[str, int] = {**begun, "ecs:ContinueServiceDeployment": 2, "ecs:StopServiceDeployment": 1}
    stop = "StopServiceDeployment"

    def __init__(self, account: Account) -> None:
        self.account = account
        self.rig = EcsRig(account, **CANARY)
        self.config = {**self.rig.stage.target_config, **CANARY}

    def makers(self, clients: Any) -> Makers:
        return {self.kind: lambda name, value: Ecs(ecs.read(name, value), clients, self.account.world.now)}

    def artifact(self, version: str) -> Mapping[str, Any]:
        return {"artifact": self.rig.stage.ground.image(version)}

    def serving(self) -> str:
        return self.rig.serving()


class OnTwoServices:
    """CodeDeploy for the service at each side, Route 53 for the name before them."""

    kind = "route53"
    plan = AT_ONCE
    begun: Mapping[str, int] = {
        "ecs:RegisterTaskDefinition": 1,
        "codedeploy:CreateDeployment": 1,
        "codedeploy:ContinueDeployment": 2,
        "codedeploy:StopDeployment": 0,
    }
    promoted: Mapping[str, int] = {**begun, "route53:ChangeResourceRecordSets": 1}
    rolled_back: Mapping[str, int] = {**begun, "route53:ChangeResourceRecordSets": 2}
    stop = "ChangeResourceRecordSets"

    def __init__(self, account: Account) -> None:
        self.account = account
        account.world.clock.run_at(0)
        self.stages = {side: stage.build(account.client, name=f"shop-{side}") for side in Side}
        self.rig = Route53Rig(account)
        self.rig.change(record("a", 100), record("b", 0))
        account.advance(minutes=5)
        self.config = {"region": REGION}
        self._numbers: Iterator[int] = count()

    def makers(self, clients: Any) -> Makers:
        now = self.account.world.now
        mover = Route53(sided.read_route53(settings(self.rig.zone)), clients)
        inner = {
            side: CodeDeploy(codedeploy.read(f"shop-{side}", made.target_config), clients, now)
            for side, made in self.stages.items()
        }
        places = {side: Nested(f"shop-{side}", target) for side, target in inner.items()}
        return {self.kind: lambda name, value: TwoSided("shop", mover, places, now)}

    def artifact(self, version: str) -> Mapping[str, Any]:
        # What stands warm at its side already would be taken as it is.
        image = self.stages[Side.A].ground.image(version)
        return {"artifact": image, "configuration": {"LIFE": str(next(self._numbers))}}

    def serving(self) -> str:
        made = self.stages[Side.B if self.rig.share_b() else Side.A]
        ecs_ = self.account.client("ecs")
        found = ecs_.describe_services(cluster=made.ground.cluster, services=[made.service])["services"][0]
        primary = next(one["taskDefinition"] for one in found["taskSets"] if one["status"] == "PRIMARY")
        container = ecs_.describe_task_definition(taskDefinition=primary)["taskDefinition"]["containerDefinitions"][0]
        digest = container["image"].rpartition("@")[2]
        return next(version for version in stage.VERSIONS if made.ground.image(version).endswith(digest))


class OnASwap:
    """A function that swaps a listener's sides; what stands at them is in memory."""

    kind = "lambda_swap"
    plan = AT_ONCE
    promoted: Mapping[str, int] = {"elbv2:ModifyListener": 1}
    rolled_back: Mapping[str, int] = {"elbv2:ModifyListener": 2}
    stop = "Invoke"

    def __init__(self, account: Account, folder: Path) -> None:
        self.account = account
        account.world.clock.run_at(0)
        self.rig = ListenerRig(account)
        groups = {f"SWAP_{side.upper()}": arn for side, arn in self.rig.groups.items()}
        self.function = swap.upload(account, swap.pack(folder), SWAP_LISTENER=self.rig.arn, **groups)
        self.config = {"region": REGION}
        self._numbers: Iterator[int] = count()

    def makers(self, clients: Any) -> Makers:
        now = self.account.world.now
        mover = LambdaSwap(self.function, clients)
        places = {side: Nested(f"side {side}", target) for side, target in self.rig.nested.items()}
        return {self.kind: lambda name, value: TwoSided("shop", mover, places, now)}

    def artifact(self, version: str) -> Mapping[str, Any]:
        return {"configuration": {"VERSION": version, "LIFE": str(next(self._numbers))}}

    def serving(self) -> str:
        blue = self.rig.nested[Side.B if self.rig.share_b() else Side.A].blue
        return str(blue.artifact.configuration["VERSION"]) if blue else ""


Scene = OnCodeDeploy | OnEcs | OnTwoServices | OnASwap


def effects(scene: Scene) -> Mapping[str, int]:
    """Will count, since the journal was cleared, what AWS really did of what must be done once."""
    calls = scene.account.calls
    return {name: sum(one.is_effective for one in calls(name)) for name in scene.promoted}


def all_makers(scene: Scene, bodies: Bodies) -> Makers:
    """Will give the makers of targets, with the scene's, whose every call belongs to the process that makes it."""

    def client(service: str, *, may_repeat: bool = True) -> Any:
        return bodies.watch(scene.account.client(service, may_repeat=may_repeat))

    return {**registry.MAKERS, **scene.makers(client)}
