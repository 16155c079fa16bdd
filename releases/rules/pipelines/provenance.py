"""What a build says of its release, and whether two tellings are about the same one.

A build exports four variables, and its own call to the portal says the same four things:
RELEASE_VERSION, IMAGE_DIGEST, RELEASE_CONFIGURATION (a JSON object of texts, where the release has settings) and
RELEASE_AUTHOR (a username of the portal). The commit is the source version that CodeBuild resolved.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from releases.rules import digests
from releases.rules.pipelines.seen import Build

VERSION = "RELEASE_VERSION"
IMAGE = "IMAGE_DIGEST"
CONFIGURATION = "RELEASE_CONFIGURATION"
AUTHOR = "RELEASE_AUTHOR"
EXPORTED = frozenset({VERSION, IMAGE, CONFIGURATION, AUTHOR})
LENGTH_OF_SHORT_COMMIT = 12


class ProvenanceError(ValueError):
    """What the build exports can't be what it is called; the message says what, in a sentence."""


@dataclass(frozen=True)
class Facts:
    """What is known of the release that a build made; what isn't is empty."""

    version: str = ""
    commit: str = ""
    image: str = ""
    author: str = ""
    configuration: Mapping[str, str] = field(default_factory=dict)

    def artifact(self, repository: str) -> str:
        """Will give the artifact by its digest in an image repository; nothing without either."""
        return f"{repository}@{self.image}" if repository and self.image else ""


def of_build(build: Build) -> Facts:
    """Will read what the build exports. Raises ProvenanceError."""
    version = build.exported.get(VERSION, "").strip()
    if version and not digests.is_version(version):
        raise ProvenanceError(f"{VERSION} is {version[:80]!r}, which can't name a release.")
    # Some builds export the whole reference: repository@sha256:…
    image = build.exported.get(IMAGE, "").strip().rpartition("@")[2]
    if image and not digests.is_digest(image):
        raise ProvenanceError(f"{IMAGE} is {image[:80]!r}, which is no digest: sha256: and 64 characters of 0-9, a-f.")
    return Facts(
        version=version,
        commit=build.commit if digests.is_commit(build.commit) else "",
        image=image,
        author=build.exported.get(AUTHOR, "").strip()[:150],
        configuration=_configuration(build.exported.get(CONFIGURATION, "")),
    )


def _configuration(text: str) -> Mapping[str, str]:
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ProvenanceError(f"{CONFIGURATION} is not JSON.") from None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ProvenanceError(f"{CONFIGURATION} is no JSON object of texts.")
    return value


def version_of(facts: Facts, tags: tuple[str, ...]) -> str:
    """Will name the release: what the build exports, else a tag of its image that is no word such as latest, else
    the short commit; empty where nothing is known.
    """
    named = [tag for tag in tags if digests.is_version(tag) and any(character.isdigit() for character in tag)]
    return facts.version or next(iter(sorted(named)), "") or facts.commit[:LENGTH_OF_SHORT_COMMIT]


def image_tags(facts: Facts) -> tuple[str, ...]:
    """Will list the tags by which the image may be found, where the build does not export its digest."""
    named = (facts.version, facts.commit, facts.commit[:LENGTH_OF_SHORT_COMMIT], facts.commit[:7])
    return tuple(dict.fromkeys(filter(None, named)))


def missing(facts: Facts, *, needs_image: bool) -> str:
    """Will say what is still unknown, or nothing where the release can be recorded."""
    wanted = {"its version": facts.version, "its commit": facts.commit}
    if needs_image:
        wanted["the digest of its image"] = facts.image
    unknown = [name for name, value in wanted.items() if not value]
    return f"It did not say {', '.join(unknown)}, so no release could be recorded of it." if unknown else ""


def contradiction(facts: Facts, *, version: str, commit: str, artifact: str) -> str:
    """Will say how the build differs from the release of that version; nothing where what both know agrees."""
    image = artifact.rpartition("@")[2]
    pairs = (("commit", facts.commit, commit), ("image", facts.image, image))
    differing = [
        f"{name} {ours}, and {version} is recorded with {theirs}"
        for name, ours, theirs in pairs
        if ours and theirs and ours != theirs
    ]
    return f"It built {'; '.join(differing)}. A release never changes: build it under another version." * bool(
        differing
    )
