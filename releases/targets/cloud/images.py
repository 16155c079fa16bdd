"""Whether the image of a release is still where tasks fetch it."""

from portal.aws import Clients
from releases.rules.foresight import Finding
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told

ACTIONS = frozenset({"ecr:DescribeImages"})
GONE = frozenset({"ImageNotFoundException", "RepositoryNotFoundException"})
CODE = "image"


def finding(clients: Clients, image: str) -> Finding:
    """Will say whether `image`, an OCI reference with its digest, is in its repository.

    An image that was deleted runs on, but no task of it could be started any more. Raises TargetError.
    """
    registry, _, digest = image.partition("@")
    host, _, repository = registry.partition("/")
    if ".dkr.ecr." not in host or not digest:
        return Finding(CODE, f"{image} is not in ECR and could not be looked for", is_good=False, is_blocking=False)
    try:
        with told(f"ECR about {repository}"):
            clients("ecr").describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    except TargetError as error:
        if error.code in GONE:
            return Finding(CODE, f"The image {digest} is not in {repository} any more", is_good=False)
        raise
    return Finding(CODE, f"The image {digest[:19]}… is in {repository}", is_good=True)
