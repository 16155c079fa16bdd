"""A folder for every release: a git worktree of its commit, made once and read only by its copies."""

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from releases.repositories.base import RepositoryError
from releases.repositories.git import GitRepository
from releases.targets.base import Artifact, TargetError

FOLDER = "releases"
READY = ".ready"


def name(artifact: Artifact) -> str:
    """Will give a short name for what runs: the release's digest, cut."""
    digest = artifact.digest.removeprefix("sha256:")
    short = digest[:12]
    return short if short.isalnum() and short.isascii() else hashlib.sha256(digest.encode()).hexdigest()[:12]


def make(folder: Path, artifact: Artifact, *, limit_s: float) -> Path:
    """Will give the folder with the release's source, and make it when it isn't there whole.

    Raises TargetError, permanent when the repository is missing or has no such commit.
    """
    place = folder / FOLDER / name(artifact)
    mark = place.with_name(place.name + READY)
    if mark.exists() and place.is_dir():
        return place
    source = Path(artifact.repository)
    # An empty or relative path would mean whatever repository this process happens to stand in.
    if not source.is_absolute() or not source.is_dir():
        sentence = f"There is no repository at {artifact.repository or 'an empty path'}"
        raise TargetError("repository-missing", sentence, permanent=True)
    repository = GitRepository(source, limit_s=limit_s)
    try:
        _require(repository, artifact)
        mark.unlink(missing_ok=True)
        _remove(repository, place)
        place.parent.mkdir(parents=True, exist_ok=True)
        repository.run("worktree", "add", "--force", "--detach", "--", str(place), artifact.commit)
        mark.touch()
    except RepositoryError as error:
        raise TargetError("checkout-failed", str(error), permanent=False) from error
    except OSError as error:
        sentence = f"The release's folder can't be written ({error.strerror})"
        raise TargetError("checkout-failed", sentence, permanent=False) from error
    return place


def prune(folder: Path, keep: Collection[Artifact]) -> None:
    """Will remove the folders of releases that no side holds any more.

    Raises TargetError when one can't be removed.
    """
    kept = {name(artifact) for artifact in keep}
    try:
        for mark in (folder / FOLDER).glob(f"*{READY}"):
            place = mark.with_name(mark.name.removesuffix(READY))
            if place.name not in kept:
                mark.unlink(missing_ok=True)
                repository = _owner(place)
                _remove(repository, place)
    except (RepositoryError, OSError) as error:
        raise TargetError(
            "checkout-not-removed", f"An old release's folder stays ({error})", permanent=False
        ) from error


def _require(repository: GitRepository, artifact: Artifact) -> None:
    try:
        is_there = repository.has(artifact.commit)
    except RepositoryError as error:
        is_wrong_id = len(artifact.commit) != 40
        raise TargetError("commit-unreadable", str(error), permanent=is_wrong_id) from error
    if not is_there:
        sentence = f"The repository of {artifact.service} has no commit {artifact.commit[:12]}"
        raise TargetError("commit-missing", sentence, permanent=True)


def _owner(place: Path) -> GitRepository | None:
    """The repository that a worktree belongs to; its .git file says `gitdir: <repository>/.git/worktrees/<name>`."""
    link = place / ".git"
    if not link.is_file():
        return None
    administration = Path(link.read_text().removeprefix("gitdir:").strip())
    repository = administration.parent.parent
    return GitRepository(repository) if repository.is_dir() else None


def _remove(repository: GitRepository | None, place: Path) -> None:
    if place.exists():
        shutil.rmtree(place)
    if repository is not None:
        repository.run("worktree", "prune")
