"""What a revision says: the task definition, the container that takes traffic, and the hooks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from moto.s3.models import s3_backends

from simulator.operations import AwsError, Context


@dataclass(frozen=True)
class AppSpec:
    """An AppSpec for ECS; `hooks` gives the Lambda function by lifecycle event."""

    definition: str
    container: str
    port: int
    hooks: Mapping[str, str]


def read(revision: Mapping[str, Any], context: Context) -> AppSpec:
    """Will read a revision's AppSpec. Raises AwsError (InvalidRevisionException) for one that makes no sense."""
    try:
        told = yaml.safe_load(_content(revision, context))
        service = told["Resources"][0]["TargetService"]
        properties = service["Properties"]
        door = properties["LoadBalancerInfo"]
        return AppSpec(
            definition=str(properties["TaskDefinition"]),
            container=str(door["ContainerName"]),
            port=int(door["ContainerPort"]),
            hooks={event: function for one in told.get("Hooks") or [] for event, function in one.items()},
        )
    except (yaml.YAMLError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        text = f"The AppSpec file is not well formed: {type(error).__name__} {error}"
        raise AwsError("InvalidRevisionException", text) from error


def shown(revision: Mapping[str, Any]) -> dict[str, Any]:
    """Will show the revision as GetDeployment does, with the digest of its content."""
    named = dict(revision)
    for member in ("appSpecContent", "string"):
        if member in named:
            content = named[member].get("content", "")
            named[member] = {"content": content, "sha256": hashlib.sha256(content.encode()).hexdigest()}
    return named


def _content(revision: Mapping[str, Any], context: Context) -> str:
    match revision.get("revisionType"):
        case "AppSpecContent":
            return str(revision["appSpecContent"]["content"])
        case "String":
            return str(revision["string"]["content"])
        case "S3":
            place = revision["s3Location"]
            found = s3_backends[context.account]["aws"].get_object(place["bucket"], place["key"])
            if found is None:
                raise AwsError("RevisionDoesNotExistException", f"There is no {place['bucket']}/{place['key']}.")
            return bytes(found.value).decode()
        case other:
            raise AwsError("InvalidRevisionException", f"A revision of type {other} is not for ECS.")
