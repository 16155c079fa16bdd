"""Whether an image can be pulled, and its digest."""

import hashlib
import re

from moto.ecr.models import ecr_backends

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]+))?"
)


class PullError(Exception):
    """The image can't be had; the text is what ECS gives as a stopped task's reason."""


def digest(image: str) -> str:
    """Will give the digest of `image`; one from another registry is taken to be there. Raises PullError."""
    named = _ECR.fullmatch(image)
    if named is None:
        return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
    repository = ecr_backends[named["account"]][named["region"]].repositories.get(named["repository"])
    if repository is None:
        raise PullError(
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
            "repository does not exist"
        )
    wanted_tag = named["tag"] or "latest"
    for one in repository.images:
        found = str(one.get_image_digest())
        if found == named["digest"] or (not named["digest"] and wanted_tag in one.image_tags):
            return found
    raise PullError(
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
        f"{image}: not found"
    )
