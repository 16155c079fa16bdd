"""CodeDeploy brings a release to the side without visitors, and a name in Route 53 moves them there."""

from collections.abc import Callable
from typing import Any

from releases.targets.base import Artifact
from releases.targets.sided.note import Side
from releases.targets.sided.places.nested import Nested
from releases.targets.sided.target import TwoSided
from simulator import stage
from simulator.stage import Client, Stage
from tests.contracts.codedeploy import CodeDeployRig
from tests.contracts.sided import Route53Rig, record


class ServiceRig(CodeDeployRig):
    """The service of one side."""

    def __init__(self, account: Any, side: Side) -> None:
        self.side = side
        super().__init__(account)

    def build(self, client: Client) -> Stage:
        return stage.build(client, name=f"shop-{self.side}")


class ComposedRig(Route53Rig):
    """Both services run the first release, and the name leads to side a."""

    begins_with_blue = True

    def __init__(self, account: Any) -> None:
        self.services = {side: ServiceRig(account, side) for side in Side}
        # What is released lies in one registry.
        self.services[Side.B].images = self.services[Side.A].images
        super().__init__(account)
        self.change(record(Side.A, 100), record(Side.B, 0))
        account.advance(minutes=5)

    def fresh(self) -> TwoSided:
        places = {
            side: Nested(f"side {side}", one.fresh(), f"http://{side}.preview.invalid/")
            for side, one in self.services.items()
        }
        return TwoSided("shop", self.mover, places, self.account.world.now)

    def artifact(self, version: str, mode: str = "well") -> Artifact:
        return self.services[Side.A].artifact(version, mode)

    def ask(self, visitor: str = "", *, is_preview: bool = False) -> str:
        side = self._previewed() if is_preview else self._drawn()
        return self.services[side].ask(visitor, is_preview=is_preview) if side else ""

    def copies(self, version: str) -> frozenset[str]:
        return frozenset().union(*(one.copies(version) for one in self.services.values()))

    def take_down(self, version: str) -> None:
        for one in self.services.values():
            one.take_down(version)

    def until(self, condition: Callable[[], object], what: str = "") -> object:
        return self.services[Side.A].until(condition, what)
