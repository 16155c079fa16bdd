from dataclasses import replace

import pytest

from releases.targets.base import Artifact, TargetError
from releases.targets.onprem import checkouts
from tests.contracts.onprem import git


@pytest.fixture
def artifact(tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet")
    (repository / "app.py").write_text("1")
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "One")
    return Artifact("shop", "1", "sha256:" + "a" * 64, git(repository, "rev-parse", "HEAD"), str(repository))


def make(folder, artifact):
    return checkouts.make(folder, artifact, limit_s=10)


def test_a_checkout_is_made_once_and_runs_no_hook(tmp_path, artifact):
    place = make(tmp_path / "shop", artifact)
    assert (place / "app.py").read_text() == "1"
    (place / "mark").touch()
    assert make(tmp_path / "shop", artifact) == place
    assert (place / "mark").exists()
    assert not (tmp_path / "hooked").exists()


def test_half_a_checkout_is_made_again(tmp_path, artifact):
    place = make(tmp_path / "shop", artifact)
    (place / "app.py").unlink()
    place.with_name(place.name + ".ready").unlink()  # as if killed before the end
    assert make(tmp_path / "shop", artifact) == place
    assert (place / "app.py").exists()


def test_it_needs_the_repository_only_to_make_it(tmp_path, artifact):
    place = make(tmp_path / "shop", artifact)
    assert make(tmp_path / "shop", replace(artifact, repository="/gone")) == place


def test_only_what_is_held_stays(tmp_path, artifact):
    first = make(tmp_path / "shop", artifact)
    other = replace(artifact, digest="sha256:" + "c" * 64)
    second = make(tmp_path / "shop", other)
    checkouts.prune(tmp_path / "shop", [other])
    assert not first.exists()
    assert second.exists()
    assert len(git(tmp_path / "repository", "worktree", "list").splitlines()) == 2


@pytest.mark.parametrize("repository", ["", "/nowhere", "https://example.org/x.git"])
def test_a_repository_that_is_not_there_is_told(tmp_path, artifact, repository):
    with pytest.raises(TargetError, match="There is no repository at") as caught:
        make(tmp_path / "shop", replace(artifact, repository=repository))
    assert caught.value.permanent


@pytest.mark.parametrize("digest", ["sha256:../../../etc", "sha256:", "sha256:a/b"])
def test_a_digest_never_leaves_the_folder(artifact, digest):
    assert checkouts.name(replace(artifact, digest=digest)).isalnum()
