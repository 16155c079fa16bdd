"""Registers the task definition of a release: the newest of its family, with the release's image and variables.

RegisterTaskDefinition has no idempotency token, so each carries the rollout's token as a tag and is looked for first.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from portal.aws import Clients
from releases.targets.base import Artifact, TargetError
from releases.targets.cloud.calls import told

ACTIONS = frozenset(
    {
        *("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "ecs:TagResource"),
        "iam:PassRole",
    }
)
TOKEN, VERSION = "verdigris:token", "verdigris:version"
# Which variables are the release's: the next one drops them. Labels, unlike tags, come with every description.
VARIABLES = "verdigris.variables"
# One that was registered and forgotten in a crash is among the newest.
LOOKED_AT = 3


class Family(Protocol):
    """What of an environment's configuration names its task definitions."""

    @property
    def family(self) -> str: ...

    @property
    def container(self) -> str: ...


def register(clients: Clients, config: Family, artifact: Artifact, token: str) -> str:
    """Will give the ARN of the task definition that runs `artifact` for the rollout `token`, registered once.

    Raises TargetError, permanent where the release has no image with a digest or the family has no such container.
    """
    if "@sha256:" not in artifact.image:
        sentence = f"Release {artifact.version} names no image by its digest, so nothing can be run of it on ECS"
        raise TargetError("image-missing", sentence, permanent=True)
    newest: dict[str, Any] = {}
    for described in _newest(clients, config.family):
        if _tags(described).get(TOKEN) == token:
            return str(described["taskDefinition"]["taskDefinitionArn"])
        newest = newest or described
    if not newest:
        sentence = f"There is no task definition {config.family} to make the release's from"
        raise TargetError("family-missing", sentence, permanent=True)
    ecs = clients("ecs", may_repeat=False)
    with told(f"ECS to register the task definition of {artifact.version}"):
        answer = ecs.register_task_definition(**_request(ecs, newest, config.container, artifact, token))
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def _newest(clients: Clients, family: str) -> Iterator[dict[str, Any]]:
    ecs = clients("ecs")
    with told(f"ECS about the task definitions {family}"):
        arns = ecs.list_task_definitions(familyPrefix=family, sort="DESC", maxResults=LOOKED_AT)["taskDefinitionArns"]
    # The prefix also finds families whose name only begins like this one.
    for arn in (one for one in arns if one.rpartition("/")[2].rpartition(":")[0] == family):
        with told(f"ECS about {arn.rpartition('/')[2]}"):
            yield dict(ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"]))


def _tags(described: Mapping[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in described.get("tags", [])}


def _request(
    ecs: Any, described: Mapping[str, Any], container: str, artifact: Artifact, token: str
) -> Mapping[str, Any]:
    """What was described, as far as it can be registered: the description has members that only AWS may write."""
    before = described["taskDefinition"]
    members = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    names = [one["name"] for one in before["containerDefinitions"]]
    if container not in names:
        sentence = f"The task definition {before['family']} has no container {container}; it has {', '.join(names)}"
        raise TargetError("container-missing", sentence, permanent=True)
    # What CloudFormation tagged the first one with, only AWS may write.
    kept = {key: value for key, value in _tags(described).items() if not key.startswith("aws:")}
    tags = {**kept, TOKEN: token, VERSION: artifact.version}
    return {
        **{name: value for name, value in before.items() if name in members and value not in ([], {}, None)},
        "containerDefinitions": [
            _released(one, artifact) if one["name"] == container else one for one in before["containerDefinitions"]
        ],
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


def _released(container: Mapping[str, Any], artifact: Artifact) -> dict[str, Any]:
    labels = dict(container.get("dockerLabels", {}))
    earlier = set(filter(None, labels.get(VARIABLES, "").split(",")))
    own = {
        **artifact.configuration,
        "PORTAL_RELEASE_VERSION": artifact.version,
        "PORTAL_RELEASE_COMMIT": artifact.commit,
    }
    kept = {one["name"]: one["value"] for one in container.get("environment", []) if one["name"] not in earlier}
    variables = {**kept, **own}
    return {
        **container,
        "image": artifact.image,
        "environment": [{"name": name, "value": value} for name, value in sorted(variables.items())],
        "dockerLabels": {**labels, VARIABLES: ",".join(sorted(own))},
    }
