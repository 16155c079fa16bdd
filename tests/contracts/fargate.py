"""An ECS service on Fargate behind a load balancer, in the simulated account: what CodeDeploy's rig and ECS's share."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from releases.rules.digests import of_release
from releases.targets.base import Artifact, Ref, Target, TargetError
from simulator.stage import Client, Stage
from tests.account import Account
from tests.contracts import rigs

# Nothing of the account takes longer: a task starts in half a minute and drains for five.
LONGEST_S = 1800
DOCKER = "application/vnd.docker"


class FargateRig(ABC):
    """The account's clock stands still until it is turned."""

    begins_with_blue = previews_blue = True
    # A load balancer draws anew for each request.
    knows_visitors = False
    name = "shop"
    look_s = 10

    def __init__(self, account: Account, **known: Any) -> None:
        self.account = account
        account.world.clock.run_at(0)
        self.stage = self.build(account.hand)
        account.advance(minutes=5)
        self.known = {**self.stage.target_config, **known}
        self.images = {version: self.stage.ground.image(version) for version in self.stage.ground.digests}
        self.target: Any = self.fresh()
        self._asked = 0
        self._routes: tuple[object, list[tuple[str, float]]] = (None, [])
        account.world.journal.clear()

    @abstractmethod
    def build(self, client: Client) -> Stage:
        """Will build the service."""

    @abstractmethod
    def fresh(self) -> Target:
        """Will give the target as another process has it."""

    @abstractmethod
    def weights(self, *, is_preview: bool = False) -> Mapping[str, int]:
        """Will give the weights of the production or test listener by target group's ARN."""

    @abstractmethod
    def weigh(self, weights: Mapping[str, int]) -> None:
        """Will set the weights of the production listener, by hand."""

    def artifact(self, version: str = "1.1.0", mode: str = "well") -> Artifact:
        configuration = {} if mode == "well" else {"PORTAL_FAULT_START": "1"}
        image = self._image(version)
        digest = of_release(commit="0" * 40, artifact=image, configuration=configuration)
        return Artifact(self.name, version, digest, "0" * 40, image=image, configuration=configuration)

    def ask(self, visitor: str = "", *, is_preview: bool = False) -> str:
        self._asked += 1
        point = rigs.draw(self._asked)
        for version, share in self._answers(is_preview=is_preview):
            if point < share:
                return version
            point -= share
        return ""

    def serving(self) -> str:
        """Will name the version to which the production listener sends everybody."""
        versions = {version for version, share in self._answers(is_preview=False) if share}
        return versions.pop() if len(versions) == 1 else f"{len(versions)} versions"

    def meddle(self, share: int) -> None:
        green = self._green()
        self.weigh({group: share if group == green else 100 - share for group in self._groups})

    def copies(self, version: str) -> frozenset[str]:
        return frozenset(task["taskArn"] for task in self._tasks() if self._version_of(task) == version)

    def take_down(self, version: str) -> None:
        for arn in self.copies(version):
            self.account.client("ecs").stop_task(cluster=self.stage.ground.cluster, task=arn)

    def until(self, condition: Callable[[], object], what: str = "") -> object:
        """Will turn the clock until `condition` gives something true, and give that."""
        for _ in range(0, LONGEST_S, self.look_s):
            found = condition()
            if found:
                return found
            self.account.advance(seconds=self.look_s)
        raise AssertionError(f"{what or condition} did not come true; calls: {self.account.world.journal.counts()}")

    def bring(self, version: str = "1.1.0", token: str = "") -> Ref:
        """Will start a release and turn the clock until it is up and held."""
        return rigs.bring(self, version, token)

    def release(self, version: str = "1.1.0", token: str = "") -> Ref:
        """Will bring a release all the way to blue."""
        return rigs.release(self, version, token)

    @property
    def _groups(self) -> tuple[str, str]:
        return self.stage.ground.blue_target_group, self.stage.ground.green_target_group

    def _green(self) -> str:
        try:
            return self.target.target_groups().green
        except TargetError:
            # Between rollouts it is the one that nobody is sent to.
            return next(group for group in self._groups if not self.weights().get(group))

    def _answers(self, *, is_preview: bool) -> list[tuple[str, float]]:
        """Who answers which share of the visitors: looked up anew after any call, and after any time."""
        looked_at = (len(self.account.world.journal.calls), self.account.world.now(), is_preview)
        if self._routes[0] != looked_at:
            found = self._look(is_preview=is_preview)
            looked_at = (len(self.account.world.journal.calls), self.account.world.now(), is_preview)
            self._routes = looked_at, found
        return self._routes[1]

    def _look(self, *, is_preview: bool) -> list[tuple[str, float]]:
        weights = self.weights(is_preview=is_preview)
        total = sum(weights.values())
        by_address = {
            detail["value"]: self._version_of(task)
            for task in self._tasks()
            for detail in task["attachments"][0]["details"]
            if detail["name"] == "privateIPv4Address"
        }
        return [(self._behind(group, by_address), weight / total) for group, weight in weights.items() if weight]

    def _behind(self, group: str, by_address: Mapping[str, str]) -> str:
        found = self.account.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        healthy = [one["Target"]["Id"] for one in found if one["TargetHealth"]["State"] == "healthy"]
        return by_address[healthy[0]] if healthy else ""

    def _tasks(self) -> list[dict[str, Any]]:
        ecs, cluster = self.account.client("ecs"), self.stage.ground.cluster
        arns = ecs.list_tasks(cluster=cluster, serviceName=self.stage.service)["taskArns"]
        return list(ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]) if arns else []

    def _version_of(self, task: Mapping[str, Any]) -> str:
        versions = {image: version for version, image in self.images.items()}
        return versions[task["containers"][0]["image"]]

    def _image(self, version: str) -> str:
        if version not in self.images:
            parts = {"config": {"mediaType": f"{DOCKER}.container.image.v1+json", "digest": _digest(version)}}
            kind = f"{DOCKER}.distribution.manifest.v2+json"
            manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, **parts, "layers": []})
            ground, named = self.stage.ground, {"imageTag": version, "imageDigest": _digest(manifest)}
            self.account.hand("ecr").put_image(repositoryName=ground.name, imageManifest=manifest, **named)
            self.images[version] = f"{ground.repository}@{_digest(manifest)}"
        return self.images[version]


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def weights_of(action: Mapping[str, Any]) -> dict[str, int]:
    """Will read a forward action's weights by target group's ARN; one group alone takes everything."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
    return {one["TargetGroupArn"]: one.get("Weight", 1) if len(groups) > 1 else 1 for one in groups}


def forward(weights: Mapping[str, int]) -> dict[str, Any]:
    """Will make the action that forwards by `weights`."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
