"""CodeCommit's commits, walked: what git itself says of the same repository is right."""

import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releases.repositories import codecommit
from releases.repositories.base import RepositoryError
from releases.repositories.codecommit import CodeCommitRepository
from releases.repositories.git import GitRepository
from simulator.operations import Context
from simulator.services.codecommit import attach
from tests.account import REGION, Account
from tests.contracts.onprem import git


@dataclass
class Source:
    """A repository of the simulated CodeCommit, and the git repository whose commits it has."""

    path: Path
    account: Account

    @property
    def repository(self):
        return CodeCommitRepository("shop", self.account.client)

    @property
    def calls(self):
        return self.account.calls("codecommit:BatchGetCommits")


@pytest.fixture
def source(tmp_path, account):
    git(tmp_path, "init", "--quiet")
    account.hand("codecommit").create_repository(repositoryName="shop")
    attach("shop", tmp_path, Context("123456789012", REGION, ""))
    account.world.journal.clear()
    return Source(tmp_path, account)


def commit(source, *parents, at=1_800_000_000):
    tree = git(source.path, "write-tree").strip()
    arguments = [word for parent in parents for word in ("-p", parent)]
    done = subprocess.run(
        ["git", "-C", str(source.path), "commit-tree", tree, *arguments, "-m", f"At {at}, after {parents}"],
        capture_output=True,
        text=True,
        check=True,
        env={
            **{f"GIT_{who}_{what}": told for who in ("AUTHOR", "COMMITTER") for what, told in ME.items()},
            "GIT_AUTHOR_DATE": f"{at} +0000",
            "GIT_COMMITTER_DATE": f"{at} +0000",
            "HOME": str(source.path),
        },
    )
    return done.stdout.strip()


ME = {"NAME": "Ada", "EMAIL": "ada@example.org"}


def test_it_knows_its_commits_and_no_others(source):
    one = commit(source)
    assert source.repository.has(one)
    assert not source.repository.has("f" * 40)


def test_a_straight_history(source):
    first = commit(source)
    second = commit(source, first, at=1_800_000_060)
    third = commit(source, second, at=1_800_000_120)
    found = source.repository.commits_between(first, third)
    assert [one.sha for one in found] == [third, second]
    assert (found[0].author, found[0].email) == ("Ada", "ada@example.org")
    assert found[0].subject.startswith("At 1800000120")
    assert found == list(GitRepository(source.path).commits_between(first, third))
    assert source.repository.commits_between(third, third) == []
    assert source.repository.commits_between(third, first) == []
    assert len(source.repository.commits_between("", third)) == 3


@given(data=st.data(), size=st.integers(2, 8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_says_what_git_says(source, data, size):
    """Merges, and clocks that go wrong, too."""
    commits = []
    for number in range(size):
        most = min(len(commits), 2)
        chosen = data.draw(st.lists(st.sampled_from(commits), max_size=most, unique=True)) if commits else []
        parents = chosen or commits[-1:]
        commits.append(commit(source, *parents, at=1_800_000_000 + data.draw(st.integers(-2, 2)) + number))
    older, newer = data.draw(st.sampled_from(commits)), data.draw(st.sampled_from(commits))
    ours = {one.sha for one in source.repository.commits_between(older, newer)}
    gits = {one.sha for one in GitRepository(source.path).commits_between(older, newer)}
    assert ours == gits


def test_a_long_history_is_cut_and_ends(source):
    last = commit(source)
    first = last
    for number in range(12):
        last = commit(source, last, at=1_800_000_001 + number)
    found = replace(source.repository, max_calls=5).commits_between(first, last)
    assert 0 < len(found) < 12
    assert found[0].sha == last
    assert len(source.calls) <= 5


@pytest.mark.parametrize("given_", ["main", "--help", "", "a" * 39, "A" * 40])
def test_only_a_whole_id_is_a_commit(source, given_):
    with pytest.raises(RepositoryError, match="no commit id"):
        source.repository.has(given_)
    assert source.calls == []


def test_a_missing_commit_is_told(source):
    one = commit(source)
    for older, newer in ((one, "f" * 40), ("f" * 40, one)):
        with pytest.raises(RepositoryError, match=f"has no commit {'f' * 40}"):
            source.repository.commits_between(older, newer)


def test_trouble_is_told_without_keys(source):
    message = "AKIAIOSFODNN7EXAMPLE may not"
    source.account.fault("codecommit:BatchGetCommits", code="AccessDeniedException", message=message)
    with pytest.raises(RepositoryError, match="does not allow CodeCommit about the commits of shop") as raised:
        source.repository.has("a" * 40)
    assert "AKIA" not in str(raised.value)


def test_it_asks_for_no_more_than_it_says(source):
    one = commit(source)
    source.repository.commits_between("", one)
    assert set(source.account.world.journal.counts()) == codecommit.ACTIONS


@pytest.mark.parametrize(
    ("date", "hours"), [("1484167798 -0800", -8), ("1484167798 +0530", 5.5), ("1484167798", 0), ("1484167798 Z", 0)]
)
def test_times(date, hours):
    at = codecommit._time({"date": date})
    assert at.timestamp() == 1484167798
    assert at.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("date", ["", "yesterday", "1e400", "1484167798 -9999"])
def test_what_is_no_time_is_told(date):
    with pytest.raises(RepositoryError, match="can't be read"):
        codecommit._time({"date": date})
