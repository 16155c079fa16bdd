"""`python docker/build/registry.py sign-in|digest`: what the build asks ECR.

sign-in lets docker push; digest prints the digest of RELEASE_VERSION's image, or an empty line where there is none.
`digest --required` ends with a sentence where there is none. IMAGE_REPOSITORY names the repository.
"""

import base64
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from portal import aws

ACTIONS = frozenset({"ecr:GetAuthorizationToken", "ecr:DescribeImages"})
URI = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>\S+)")


class RegistryError(SystemExit):
    """Ends the step with a sentence."""


@dataclass(frozen=True)
class Repository:
    """A repository of ECR, taken out of its address."""

    uri: str
    account: str
    region: str
    name: str

    @property
    def host(self) -> str:
        return self.uri.partition("/")[0]


def read(uri: str) -> Repository:
    """Will take the repository's address apart. Raises RegistryError for one that isn't ECR's."""
    match = URI.fullmatch(uri)
    if match is None:
        raise RegistryError(
            f"IMAGE_REPOSITORY is {uri!r}, which is no repository of ECR. It reads "
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/NAME."
        )
    return Repository(uri, **match.groupdict())


def sign_in(repository: Repository, ecr: Any) -> None:
    """Will let docker push for 12 hours (ECR API reference, GetAuthorizationToken). Raises RegistryError."""
    given = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(given).decode().partition(":")
    # Over stdin: a password among the arguments is every process's to read.
    done = subprocess.run(
        ["docker", "login", "--username", user, "--password-stdin", repository.host],
        input=password,
        text=True,
        check=False,
        stdout=sys.stderr,
    )
    if done.returncode:
        raise RegistryError(f"docker could not sign in at {repository.host}; what it said stands above.")


def digest(repository: Repository, ecr: Any, version: str) -> str:
    """Will give the digest of the image tagged `version`, or "" where there is none."""
    try:
        found = ecr.describe_images(repositoryName=repository.name, imageIds=[{"imageTag": version}])
    except ecr.exceptions.ImageNotFoundException:
        return ""
    return str(found["imageDetails"][0]["imageDigest"])


def main(words: list[str]) -> None:
    """Will do what `words` say. Raises RegistryError."""
    repository = read(os.environ.get("IMAGE_REPOSITORY", ""))
    ecr = aws.client("ecr", aws.Access(repository.region, session="build"))
    version = os.environ.get("RELEASE_VERSION", "")
    try:
        match words:
            case ["sign-in"]:
                sign_in(repository, ecr)
            case ["digest", *rest] if version and rest in ([], ["--required"]):
                found = digest(repository, ecr, version)
                if rest and not found:
                    raise RegistryError(f"{repository.uri} has no image {version}. Run docker/build/push.sh first.")
                sys.stdout.write(f"{found}\n")
            case _:
                raise RegistryError("Say sign-in, or digest with RELEASE_VERSION in the environment.")
    except (ClientError, BotoCoreError) as error:
        sentence = aws.redact(str(error))
        raise RegistryError(
            f"ECR did not do it: {sentence}. Nothing was changed; correct it and run this again."
        ) from None


if __name__ == "__main__":
    main(sys.argv[1:])
