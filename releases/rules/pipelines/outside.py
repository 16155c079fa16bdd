"""Deployments that somebody began without the portal: what a target tells of them, and what people are told."""

from dataclasses import dataclass, field
from datetime import datetime

from releases.rules import digests
from releases.rules.pipelines.provenance import Facts, version_of


@dataclass(frozen=True)
class Begun:
    """One deployment of a target, whoever began it. `token` is the portal's own marker, "" for another's.

    `is_way_back` says that the target itself began it, to take another one back.
    """

    id: str
    status: str
    begun_at: datetime
    definition: str = ""
    token: str = ""
    ended_at: datetime | None = None
    has_succeeded: bool = False
    is_way_back: bool = False


@dataclass(frozen=True)
class Image:
    """What a deployment runs: an image by its digest, with its tags. `unknown` says why it can't be told."""

    repository: str = ""
    digest: str = ""
    tags: tuple[str, ...] = field(default=())
    unknown: str = ""

    @property
    def artifact(self) -> str:
        return f"{self.repository}@{self.digest}"

    @property
    def commit(self) -> str:
        """The commit, where the image is tagged with one."""
        return next(filter(digests.is_commit, self.tags), "")

    @property
    def names(self) -> tuple[str, str]:
        """How a release of it may be called: by a tag that is a version, else by its digest, which nothing else has."""
        of_digest = f"image-{self.digest.partition(':')[2][:12]}"
        tags = tuple(tag for tag in self.tags if not self.commit.startswith(tag))
        return version_of(Facts(), tags) or of_digest, of_digest


def told(begun: Begun, *, version: str, why_unknown: str) -> str:
    """Will say of a deployment what happened, what serves, and what to do; `version` is its release's, or ""."""
    what = f"release {version}" if version else begun.definition or "something"
    if begun.ended_at is None:
        happened = f"CodeDeploy brings {what} here by {begun.id}, which nobody began in the portal"
        return f"{happened}. It moves the traffic by itself. A rollout here begins once it has ended."
    if not begun.has_succeeded:
        happened = f"CodeDeploy's {begun.id} of {what}, which nobody began in the portal, {begun.status.lower()}"
        return f"{happened}. What served before serves. Nothing needs to be done here."
    if version:
        happened = f"CodeDeploy brought {what} here by {begun.id}, which nobody began or approved in the portal"
        return f"{happened}. It serves. Look at it, and roll back or release something else if it should not."
    happened = f"CodeDeploy brought {what} here by {begun.id}, which nobody began in the portal"
    return f"{happened}. It serves, and {why_unknown}. Release what should serve."
