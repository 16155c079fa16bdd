"""CodeCommit tells of the commits of a real repository."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from simulator.services import codecommit
from tests.account import Account
from tests.simulator import repository
from tests.simulator.repository import CONTEXT
from tests.simulator.test_events import listen


@pytest.fixture
def folder(account: Account, tmp_path: Path) -> Path:
    return repository.create(account, tmp_path / "repo")


def test_branches_and_commits_are_read(account: Account, folder: Path) -> None:
    client = account.client("codecommit")
    second = repository.commit(folder, "app.py", "print(1)\n", "Say one\n\nIt is asked for.")

    branch = client.get_branch(repositoryName="insights", branchName="main")["branch"]
    commit = client.get_commit(repositoryName="insights", commitId=second)["commit"]

    assert branch == {"branchName": "main", "commitId": second}
    assert commit["message"].startswith("Say one")
    assert commit["author"]["email"] == "dora@example.com"
    assert len(commit["parents"]) == 1
    assert [one["repositoryName"] for one in client.list_repositories()["repositories"]] == ["insights"]


def test_many_commits_come_at_once_and_missing_ones_are_named(account: Account, folder: Path) -> None:
    second = repository.commit(folder, "app.py", "1", "Second")
    missing = "0" * 40

    answer = account.client("codecommit").batch_get_commits(repositoryName="insights", commitIds=[second, missing])

    assert [one["commitId"] for one in answer["commits"]] == [second]
    assert [one["commitId"] for one in answer["errors"]] == [missing]


def test_differences_and_files_are_read(account: Account, folder: Path) -> None:
    client = account.client("codecommit")
    first = repository.git(folder, "rev-parse", "HEAD").strip()
    repository.commit(folder, "app.py", "print(1)\n", "Add")
    second = repository.commit(folder, "README.md", "second", "Change")

    found = client.get_differences(repositoryName="insights", beforeCommitSpecifier=first, afterCommitSpecifier=second)[
        "differences"
    ]
    file = client.get_file(repositoryName="insights", commitSpecifier=second, filePath="app.py")

    assert {one["afterBlob"]["path"]: one["changeType"] for one in found} == {"README.md": "M", "app.py": "A"}
    assert file["fileContent"] == b"print(1)\n"
    assert file["fileMode"] == "NORMAL"


def test_what_is_not_there_is_named_so(account: Account, folder: Path) -> None:
    client = account.client("codecommit")

    def code(operation: str, **words: str) -> str:
        with pytest.raises(ClientError) as refused:
            getattr(client, operation)(**words)
        return str(refused.value.response["Error"]["Code"])

    assert code("get_branch", repositoryName="other", branchName="main") == "RepositoryDoesNotExistException"
    assert code("get_branch", repositoryName="insights", branchName="no") == "BranchDoesNotExistException"
    assert code("get_commit", repositoryName="insights", commitId="0" * 40) == "CommitIdDoesNotExistException"
    assert code("get_file", repositoryName="insights", filePath="no") == "FileDoesNotExistException"


def test_a_push_is_told(account: Account, folder: Path) -> None:
    read = listen(account, {"source": ["aws.codecommit"]})

    commit = codecommit.push("insights", "main", CONTEXT)

    assert [one["detail"]["commitId"] for one in read()] == [commit]
