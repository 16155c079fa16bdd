"""The port to where a service's source lives: who wrote what a release adds.

1. Nothing here changes a repository.
2. Every verb returns within its timeout.
3. A commit is named by its whole id; a branch or tag is never followed.
4. Whatever fails raises RepositoryError with a sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class RepositoryError(Exception):
    """The repository did not answer as asked; the message says what happened, without its full stop."""


@dataclass(frozen=True)
class Commit:
    """One commit, as its author signed it."""

    sha: str
    author: str
    email: str
    subject: str
    at: datetime


class Repository(Protocol):
    """A service's source."""

    def has(self, commit: str) -> bool: ...

    def commits_between(self, older: str, newer: str) -> Sequence[Commit]: ...
