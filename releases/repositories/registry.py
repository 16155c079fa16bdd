"""Finds the repository behind an address."""

from pathlib import Path

from releases.repositories.base import Repository
from releases.repositories.git import GitRepository


def repository_for(address: str) -> Repository:
    """Will give the repository at `address`, a folder on this machine; the first question shows if it is one."""
    return GitRepository(Path(address))
