"""The only door to git: no shell, no prompts, no hooks, and a limit for every call."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from releases.repositories.base import Commit, RepositoryError

COMMIT = re.compile(r"[0-9a-f]{40}")
FIELDS = ("%H", "%an", "%ae", "%aI", "%s")
MAX_COMMITS = 500


@dataclass(frozen=True)
class GitRepository:
    """A git repository on this machine."""

    path: Path
    limit_s: float = 20.0

    def has(self, commit: str) -> bool:
        """Will tell whether the repository has this very commit.

        Raises RepositoryError when the id is none or git can't be asked.
        """
        kind = self.run("cat-file", "--batch-check=%(objecttype)", given=f"{checked(commit)}\n")
        return kind.strip() == "commit"

    def commits_between(self, older: str, newer: str) -> Sequence[Commit]:
        """Will give what `newer` adds to `older`, newest first, at most MAX_COMMITS; without `older` all of it.

        Raises RepositoryError when one of them is missing.
        """
        for commit in filter(None, (older, newer)):
            if not self.has(commit):
                raise RepositoryError(f"The repository has no commit {commit}")
        span = f"{older}..{newer}" if older else checked(newer)
        form = f"--format={'%x1f'.join(FIELDS)}%x1e"
        text = self.run("log", f"--max-count={MAX_COMMITS}", form, "--end-of-options", span, "--")
        return [_commit(record) for record in text.split("\x1e") if record.strip()]

    def run(self, *arguments: str, given: str = "") -> str:
        """Will run one git command and give what it printed.

        Raises RepositoryError with git's own last line.
        """
        command = ["git", "-c", "core.hooksPath=/dev/null", "-C", str(self.path), *arguments]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C.UTF-8",
        }
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, text=True, errors="replace",
                timeout=self.limit_s, check=False, env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise RepositoryError(f"git {arguments[0]} took longer than {self.limit_s:g} s") from None
        except OSError as error:
            raise RepositoryError(f"git can't be run ({error.strerror})") from error
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["nothing said"])[-1]
            raise RepositoryError(f"git {arguments[0]} failed ({said[:300]})")
        return done.stdout


def checked(commit: str) -> str:
    """Will give `commit` back.

    Raises RepositoryError when it isn't a whole commit id: a word such as a branch, or an option, never reaches git.
    """
    if not COMMIT.fullmatch(commit):
        raise RepositoryError(f"{commit!r} is no commit id of 40 digits")
    return commit


def _commit(record: str) -> Commit:
    try:
        sha, author, email, at, subject = record.strip().split("\x1f", 4)
        return Commit(sha, author, email, subject, datetime.fromisoformat(at))
    except ValueError:
        raise RepositoryError("git's list of commits can't be read") from None
