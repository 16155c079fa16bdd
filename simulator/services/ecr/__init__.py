"""ECR: moto's, which keeps repositories and images; a push is told as AWS tells it."""

from collections.abc import Mapping
from typing import Any

from moto.ecr.models import ecr_backends

from simulator.operations import AwsError, Context, operation
from simulator.services import events


@operation("ecr", "PutImage")
def _put_image(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    backend = ecr_backends[context.account][context.region]
    name = parameters["repositoryName"]
    if name not in backend.repositories:
        message = f"The repository with name '{name}' does not exist in the registry with id '{context.account}'"
        raise AwsError("RepositoryNotFoundException", message)
    image = backend.put_image(
        name,
        parameters["imageManifest"],
        parameters.get("imageTag"),  # type: ignore[arg-type]  # moto takes None
        parameters.get("imageManifestMediaType"),
        parameters.get("imageDigest"),
    )
    detail = {
        "result": "SUCCESS",
        "repository-name": name,
        "image-digest": image.get_image_digest(),
        "action-type": "PUSH",
        "image-tag": parameters.get("imageTag") or "",
    }
    events.publish("aws.ecr", "ECR Image Action", detail, [], context)
    id_ = {"imageDigest": image.get_image_digest(), "imageTag": parameters.get("imageTag")}
    return {
        "image": {
            "registryId": context.account,
            "repositoryName": name,
            "imageId": {name: value for name, value in id_.items() if value},
            "imageManifest": parameters["imageManifest"],
        }
    }
