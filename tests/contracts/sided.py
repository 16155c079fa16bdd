"""Two sides on the simulated account: a name in Route 53 or a listener before them, a target in memory at each."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from releases.rules.observation import Health
from releases.targets.base import Artifact, Ref
from releases.targets.memory import CAN, MemoryTarget
from releases.targets.sided import config
from releases.targets.sided.movers.lambda_swap import LambdaSwap
from releases.targets.sided.movers.listener import Listener
from releases.targets.sided.movers.route53 import Route53
from releases.targets.sided.note import Side
from releases.targets.sided.places.nested import Nested
from releases.targets.sided.target import TwoSided
from tests.contracts.rigs import draw, until
from tests.infra import swap

NAME = "shop.example.org"
ADDRESSES = {Side.A: "192.0.2.10", Side.B: "198.51.100.20"}
# Route 53's own minute and a TTL of another, and a little more.
LATER_S = 121


class Straight(MemoryTarget):
    """Goes on by itself until the release is the only one here, as CodeDeploy does that continues at its timeout."""

    def __init__(self, name: str) -> None:
        super().__init__(name, can=replace(CAN, holds_before_traffic=False, keeps_blue_warm=False))

    def start(self, artifact: Artifact, token: str) -> Ref:
        ref = super().start(artifact, token)
        if self.other and self.other.token == token and self.other.health is Health.HEALTHY:
            self.shift(ref, 100)
            self.finish(ref)
            self.other = None
        return ref

    def restore(self) -> None:
        super().restore()
        self.blue = self.blue and replace(self.blue, health=Health.HEALTHY)


class Later:
    """The target, with the account's clock turned after each verb: as if the next tick came when visitors followed."""

    def __init__(self, target: TwoSided, account: Any) -> None:
        self.inner = target
        self._account = account

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self.inner, name)
        if name not in {"shift", "finish", "abort", "restore"}:
            return verb

        def turned(*arguments: Any) -> Any:
            try:
                return verb(*arguments)
            finally:
                self._account.advance(seconds=LATER_S)

        return turned


class SidedRig(ABC):
    """What both rigs share; `share_b` says by what visitors are split now."""

    begins_with_blue = previews_blue = False
    # A load balancer draws anew for each request, and so does DNS each time that a name is looked up.
    knows_visitors = False

    def __init__(self, account: Any, mover: Any) -> None:
        self.account = account
        self.nested = {side: Straight(f"shop-{side}") for side in Side}
        self.mover = mover
        self.target: Any = Later(self.fresh(), account)
        self._known: tuple[int, int | None] = (-1, None)
        self._asked = 0

    def fresh(self) -> TwoSided:
        """Will make the target anew, as another process does."""
        places = {
            side: Nested(f"side {side}", target, f"http://{side}.preview.invalid/")
            for side, target in self.nested.items()
        }
        return TwoSided("shop", self.mover, places, self.account.world.now)

    def artifact(self, version: str, mode: str = "well") -> Artifact:
        for target in self.nested.values():
            target.health_at_start = Health.HEALTHY if mode == "well" else Health.STARTING
        return Artifact("shop", version, f"sha256:{version:0>64}", "0" * 40)

    def ask(self, visitor: str, *, is_preview: bool = False) -> str:
        side = self._previewed() if is_preview else self._drawn()
        slot = self.nested[side].blue if side else None
        return slot.artifact.version if slot and slot.health is Health.HEALTHY else ""

    def _previewed(self) -> Side | None:
        url = self.target.observe(None).preview_url
        return Side(url.removeprefix("http://")[0]) if url else None

    def _drawn(self) -> Side | None:
        calls = len(self.account.world.journal.calls)
        if self._known[0] != calls:
            share = self.share_b()
            self._known = (len(self.account.world.journal.calls), share)
        share = self._known[1]
        if share is None:
            return None
        self._asked += 1
        return Side.B if draw(self._asked) * 100 < share else Side.A

    def share_b(self) -> int | None:
        shares = self.mover.look().shares_b
        return shares[0] if shares else None

    def meddle(self, share: int) -> None:
        view = self.target.inner._look(None)
        side = view.note.blue.other
        self.weigh(share if side is Side.B else 100 - share)

    @abstractmethod
    def weigh(self, share_b: int) -> None:
        """Will give side b a share, by hand."""

    def copies(self, version: str) -> frozenset[str]:
        slots = [(side, slot) for side, one in self.nested.items() for slot in (one.blue, one.other)]
        return frozenset(f"{side}{slot.token}" for side, slot in slots if slot and slot.artifact.version == version)

    def take_down(self, version: str) -> None:
        for one in self.nested.values():
            if one.blue and one.blue.artifact.version == version:
                one.blue = replace(one.blue, health=Health.UNHEALTHY)

    def until(self, condition: Callable[[], object], what: str = "") -> object:
        return until(condition, what=what)


class Route53Rig(SidedRig):
    def __init__(self, account: Any, **words: Any) -> None:
        self.client = account.client("route53")
        zone = self.client.create_hosted_zone(Name="example.org.", CallerReference=str(uuid.uuid4()))["HostedZone"][
            "Id"
        ]
        self.zone = zone.rpartition("/")[2]
        super().__init__(account, Route53(config.read_route53(settings(self.zone, **words)), account.client))

    def weigh(self, share_b: int) -> None:
        weights = {Side.A: 100 - share_b, Side.B: share_b}
        self.change(*(record(side, weight) for side, weight in weights.items()))

    def change(self, *records: dict[str, Any], action: str = "UPSERT") -> None:
        changes = [{"Action": action, "ResourceRecordSet": one} for one in records]
        self.client.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})


def settings(zone: str, **words: Any) -> dict[str, Any]:
    """Will give an environment's configuration with plain addresses."""
    sides = {side: {"values": {"A": [address]}} for side, address in ADDRESSES.items()}
    return {"region": "eu-west-1", "zone_id": zone, "name": NAME, "ttl_s": 60, "sides": sides, **words}


def record(side: Side | str, weight: int, **words: Any) -> dict[str, Any]:
    """Will give a weighted record as a hand would write it."""
    values = [{"Value": ADDRESSES.get(Side(side) if side in set(Side) else Side.A, "192.0.2.99")}]
    made = {"Name": NAME, "Type": "A", "SetIdentifier": str(side), "Weight": weight, "TTL": 60}
    return {**made, "ResourceRecords": values, **words}


class ListenerRig(SidedRig):
    """A listener that answers 503 until the first release; its target groups are those of a load balancer."""

    def __init__(self, account: Any, **words: Any) -> None:
        self.client = account.client("elbv2")
        ec2, elb = account.hand("ec2"), account.hand("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        zones = ("eu-west-1a", "eu-west-1b")
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for index, zone in enumerate(zones)
        ]
        balancer = elb.create_load_balancer(Name="shop", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        self.groups = {
            side: elb.create_target_group(Name=f"shop-{side}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")[
                "TargetGroups"
            ][0]["TargetGroupArn"]
            for side in Side
        }
        closed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "ContentType": "text/plain"}}
        self.arn = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[closed])[
            "Listeners"
        ][0]["ListenerArn"]
        super().__init__(account, Listener(config.read_listener(self.settings(**words)), account.client))

    def settings(self, **words: Any) -> dict[str, Any]:
        sides = {side: {"target_group": arn} for side, arn in self.groups.items()}
        return {"region": "eu-west-1", "arn": self.arn, "sides": sides, **words}

    def weigh(self, share_b: int) -> None:
        weights = {Side.A: 100 - share_b, Side.B: share_b}
        groups = [{"TargetGroupArn": self.groups[side], "Weight": weight} for side, weight in weights.items()]
        self.client.modify_listener(
            ListenerArn=self.arn, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
        )


class SwapRig(ListenerRig):
    """The same, swapped by the function that is uploaded for it: nobody is given a share between."""

    def __init__(self, account: Any, folder: Path) -> None:
        super().__init__(account)
        self._listener = self.mover
        groups = {f"SWAP_{side.upper()}": arn for side, arn in self.groups.items()}
        function = swap.upload(account, swap.pack(folder), SWAP_LISTENER=self.arn, **groups)
        self.mover = LambdaSwap(function, account.client)
        self.target = Later(self.fresh(), account)

    def share_b(self) -> int | None:
        shares = self._listener.look().shares_b
        return shares[0] if shares else None
