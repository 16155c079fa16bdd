"""Every deployment of a group, whoever began it, and the image that one runs: what a lost event would have told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from portal.aws import Clients, code_of
from releases.rules.pipelines.outside import Begun, Image
from releases.targets.cloud import images
from releases.targets.cloud.calls import told
from releases.targets.codedeploy import deployments, services
from releases.targets.codedeploy.config import CodeDeployConfig
from releases.targets.codedeploy.deployments import BACK, Deployment, Status

ACTIONS = frozenset({"codedeploy:ListDeployments", "ecr:DescribeImages", "ecs:DescribeTaskDefinition"})
# Who begins a deployment that takes another one back (CodeDeploy API reference, DeploymentCreator).
ROLLBACK = "codeDeployRollback"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class DeploymentHistory:
    """The deployments of one environment's group."""

    config: CodeDeployConfig
    clients: Clients = field(repr=False)

    def begun(self, *, since: datetime, unended: Sequence[str]) -> Sequence[Begun]:
        """Will give what was created `since` and the `unended`, oldest first; 25 are asked about with each call.

        Raises TargetError.
        """
        found = deployments.describe_all(self.clients, list(dict.fromkeys([*self._ids(since), *unended])))
        return [_begun(one) for one in sorted(found.values(), key=lambda one: one.created_at)]

    def image(self, begun: Begun) -> Image:
        """Will tell what a deployment runs. A tag counts only where it was there before the deployment, and stayed.

        Raises TargetError.
        """
        definition = begun.definition or self._definition_of(begun.id)
        if not definition:
            return Image(unknown="its AppSpec names no task definition that could be read here")
        with told(f"ECS about {definition.rpartition('/')[2]}"):
            described = self.clients("ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
        containers = described["containerDefinitions"]
        named = next((one["image"] for one in containers if one["name"] == self.config.container), "")
        if not named:
            return Image(unknown=f"{definition.rpartition('/')[2]} has no container {self.config.container}")
        return self._in_repository(named, begun)

    def _ids(self, since: datetime) -> list[str]:
        asked: dict[str, Any] = {**self.config.named, "createTimeRange": {"start": since}}
        ids: list[str] = []
        while True:
            with told(f"CodeDeploy about the deployments of {self.config.group}"):
                answer = self.clients("codedeploy").list_deployments(**asked)
            ids += answer.get("deployments", [])
            if not answer.get("nextToken"):
                return ids
            asked["nextToken"] = answer["nextToken"]

    def _definition_of(self, deployment_id: str) -> str:
        """An AppSpec in a bucket is not ours to read; what it made shows while it runs."""
        own = services.describe(self.clients, self.config).of(deployment_id)
        return own.task_definition if own is not None else ""

    def _in_repository(self, named: str, begun: Begun) -> Image:
        reference, _, digest = named.partition("@")
        host, _, path = reference.partition("/")
        repository, _, tag = path.partition(":")
        is_digest = bool(_DIGEST.fullmatch(digest))
        if ".dkr.ecr." not in host:
            known = Image(reference, digest)
            return known if is_digest else Image(unknown=f"its image {named} is not in ECR and names no digest")
        given = {"imageDigest": digest} if is_digest else {"imageTag": tag or "latest"}
        found = self._described(repository, given)
        if found is None:
            gone = Image(unknown=f"its image {named} is not in ECR any more")
            return Image(f"{host}/{repository}", digest) if is_digest else gone
        if not is_digest and found["imagePushedAt"] > begun.begun_at:
            return Image(unknown=f"the tag of its image {named} was pushed again since")
        return Image(f"{host}/{repository}", found["imageDigest"], tuple(found.get("imageTags", ())))

    def _described(self, repository: str, image_id: Mapping[str, str]) -> Mapping[str, Any] | None:
        with told(f"ECR about the images of {repository}"):
            try:
                answer = self.clients("ecr").describe_images(repositoryName=repository, imageIds=[image_id])
            except ClientError as error:
                if code_of(error) in images.GONE:
                    return None
                raise
        return next(iter(answer.get("imageDetails", [])), None)


def _begun(deployment: Deployment) -> Begun:
    return Begun(
        id=deployment.id,
        status=deployment.status,
        begun_at=deployment.created_at,
        definition=deployment.task_definition,
        # The way back of one of ours carries its token, and a mark.
        token=deployment.token.removesuffix(BACK),
        ended_at=None if deployment.is_active else deployment.completed_at or deployment.created_at,
        has_succeeded=deployment.status is Status.SUCCEEDED,
        is_way_back=deployment.creator == ROLLBACK,
    )
