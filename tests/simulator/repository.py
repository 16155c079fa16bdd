"""A git repository to build from."""

import os
import subprocess
from pathlib import Path

from simulator.operations import Context
from simulator.services import codecommit
from tests.account import REGION, Account

CONTEXT = Context("123456789012", REGION, "")
AUTHOR = {
    "GIT_AUTHOR_NAME": "Dora",
    "GIT_AUTHOR_EMAIL": "dora@example.com",
    "GIT_COMMITTER_NAME": "Dora",
    "GIT_COMMITTER_EMAIL": "dora@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def create(account: Account, folder: Path, name: str = "insights") -> Path:
    """Will make a repository of CodeCommit whose commits lie in `folder`, with a first one on main."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    account.hand("codecommit").create_repository(repositoryName=name)
    commit(folder, "README.md", "first", "Begin")
    codecommit.attach(name, folder, CONTEXT)
    return folder


def commit(folder: Path, path: str, text: str, message: str) -> str:
    """Will commit a file and give the commit's id."""
    (folder / path).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD").strip()


def git(folder: Path, *words: str) -> str:
    """Will run git there."""
    environment = {**os.environ, **AUTHOR}
    return subprocess.run(
        ["git", "-C", str(folder), *words], env=environment, check=True, capture_output=True, text=True
    ).stdout
