from datetime import datetime

import pytest

from releases.repositories import registry
from releases.repositories.base import RepositoryError
from releases.repositories.git import GitRepository
from tests.contracts.onprem import git


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "--quiet")
    for subject in ("One", 'Two: a, "b" | c', "Three"):
        git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", subject)
    return registry.repository_for(str(tmp_path))


def ids(repository) -> list[str]:
    return git(repository.path, "log", "--format=%H").splitlines()


def test_it_knows_its_commits_and_no_others(repository):
    newest = ids(repository)[0]
    assert repository.has(newest)
    assert not repository.has("f" * 40)
    tree = git(repository.path, "rev-parse", "HEAD^{tree}")
    assert not repository.has(tree)


def test_it_tells_what_a_release_adds(repository):
    newest, second, first = ids(repository)
    found = repository.commits_between(first, newest)
    assert [commit.sha for commit in found] == [newest, second]
    assert [commit.subject for commit in found] == ["Three", 'Two: a, "b" | c']
    assert {(commit.author, commit.email) for commit in found} == {("Ada", "ada@example.org")}
    assert isinstance(found[0].at, datetime)
    assert found[0].at.tzinfo
    assert len(repository.commits_between("", newest)) == 3
    assert repository.commits_between(newest, newest) == []


@pytest.mark.parametrize("commit", ["main", "--help", "HEAD", "", "a" * 39, "A" * 40, "a" * 40 + "\n"])
def test_only_a_whole_id_is_a_commit(repository, commit):
    with pytest.raises(RepositoryError, match="no commit id"):
        repository.has(commit)


def test_a_missing_commit_is_told(repository):
    with pytest.raises(RepositoryError, match="has no commit"):
        repository.commits_between("f" * 40, ids(repository)[0])


def test_a_folder_that_is_no_repository_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RepositoryError, match="git cat-file failed"):
            GitRepository(path).has("a" * 40)


def test_a_name_or_subject_with_odd_characters_is_read(repository):
    git(
        repository.path,
        "-c",
        "user.name=Zoë | O'Neil",
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        "tab\there ✓",
    )
    found = repository.commits_between("", ids(repository)[0])
    assert found[0].subject == "tab\there ✓"
