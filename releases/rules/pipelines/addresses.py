"""Addresses in the AWS console, and those of CodeCommit's repositories."""

import re
from dataclasses import dataclass

_REGION = r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"
_NAME = r"(?P<name>[\w.-]{1,100})"
# As git-remote-codecommit writes them, and as git does over HTTPS (CodeCommit user guide, "Setup steps").
_FORMS = (
    re.compile(rf"codecommit::{_REGION}://{_NAME}", re.ASCII),
    re.compile(rf"https://git-codecommit\.{_REGION}\.amazonaws\.com/v1/repos/{_NAME}", re.ASCII),
)


@dataclass(frozen=True)
class Place:
    """A CodeCommit repository."""

    region: str
    name: str


def place_of(repository: str) -> Place | None:
    """Will read the address of a CodeCommit repository; None for any other.

    codecommit::eu-west-1://shop and https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop are the same.
    """
    found = next(filter(None, (form.fullmatch(repository) for form in _FORMS)), None)
    return Place(found["region"], found["name"]) if found else None


def of_commit(repository: str, sha: str) -> str:
    """Will give the console's address of a commit, or nothing."""
    place = place_of(repository)
    if place is None:
        return ""
    path = f"codesuite/codecommit/repositories/{place.name}/commit/{sha}"
    return f"https://{place.region}.console.aws.amazon.com/{path}?region={place.region}"


def of_execution(region: str, pipeline: str, execution_id: str) -> str:
    """Will give the console's address of one run of a pipeline."""
    path = f"codesuite/codepipeline/pipelines/{pipeline}/executions/{execution_id}/timeline"
    return f"https://{region}.console.aws.amazon.com/{path}?region={region}"


def safe(address: str) -> str:
    """Will give an address from outside only where a browser may open it."""
    return address if address.startswith("https://") else ""
