"""CodeCommit, which has no log: a release's commits are found by walking from parent to parent."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from portal import aws
from releases.repositories.base import Commit, RepositoryError
from releases.rules import digests

ACTIONS = frozenset({"codecommit:BatchGetCommits"})
MAX_COMMITS = 500
# Each call brings what the walk needs next: of a straight history that is one commit.
MAX_CALLS = 150
AT_ONCE = 100  # the most that BatchGetCommits takes
PATIENCE = 6  # one more than git's own (revision.c, SLOP)
_MISSING = frozenset({"CommitIdDoesNotExistException", "CommitDoesNotExistException", "InvalidCommitIdException"})


@dataclass(frozen=True)
class CodeCommitRepository:
    """The repository `name`; `clients` gives the client of a service. A history is read with `max_calls` at most."""

    name: str
    clients: Callable[[str], Any] = field(repr=False)
    max_calls: int = MAX_CALLS

    def has(self, commit: str) -> bool:
        """Will tell whether the repository has this very commit. Raises RepositoryError."""
        return bool(self._fetch([_checked(commit)]))

    def commits_between(self, older: str, newer: str) -> Sequence[Commit]:
        """Will give what `newer` adds to `older`, newest first, at most MAX_COMMITS; without `older` all of it.

        Of a history that takes more than `max_calls`, the newest part. Raises RepositoryError when one is missing.
        """
        ends = [_checked(commit) for commit in (newer, older) if commit]
        walk = _Walk(self._fetch, self.max_calls)
        missing = [commit for commit in ends if commit not in walk.fetched(ends)]
        if missing:
            raise RepositoryError(f"The repository has no commit {missing[0]}")
        return walk.between(older, newer)

    def _fetch(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """Will give the commits that there are, by their ids; those that there aren't are left out."""
        with aws.telling(f"CodeCommit about the commits of {self.name}", _error):
            answer = self.clients("codecommit").batch_get_commits(repositoryName=self.name, commitIds=list(ids))
        for error in answer.get("errors", ()):
            code = str(error.get("errorCode", ""))
            if code.removesuffix("Exception") not in {one.removesuffix("Exception") for one in _MISSING}:
                said = aws.redact(str(error.get("errorMessage", code))).rstrip(".")
                raise RepositoryError(f"CodeCommit could not read {error.get('commitId', 'a commit')} ({said})")
        return {one["commitId"]: one for one in answer.get("commits", ())}


@dataclass
class _Walk:
    """Goes back in time from two commits at once, as `git log older..newer` does.

    What the older one reaches is left out. The walk ends when all that is left to look at is reached by the older one.
    """

    fetch: Callable[[Sequence[str]], Mapping[str, Any]]
    max_calls: int
    known: dict[str, Any] = field(default_factory=dict)
    calls: int = 0

    def fetched(self, ids: Iterable[str]) -> Mapping[str, Any]:
        """Will fetch what isn't known yet, and give all that is known."""
        wanted = [one for one in dict.fromkeys(ids) if one not in self.known]
        for first in range(0, len(wanted), AT_ONCE):
            self.calls += 1
            self.known.update(self.fetch(wanted[first : first + AT_ONCE]))
        return self.known

    def between(self, older: str, newer: str) -> list[Commit]:
        """Will give what `newer` reaches and `older` doesn't, newest first."""
        old = {older} if older else set()
        found: list[str] = []
        seen = {newer, *old}
        ahead = [self._place(one) for one in seen]
        heapq.heapify(ahead)
        patience = PATIENCE
        while ahead and patience and len(found) < MAX_COMMITS and self.calls < self.max_calls:
            place = heapq.heappop(ahead)
            parents = self.known[place[1]].get("parents", [])
            if place[1] in old:
                self._paint(parents, old)
            else:
                found.append(place[1])
            self.fetched(parents)
            for parent in parents:
                if parent in self.known and parent not in seen:
                    seen.add(parent)
                    heapq.heappush(ahead, self._place(parent))
            # Only old ones are left: a few more are looked at, as clocks that go wrong put some in the wrong order.
            is_open = any(sha not in old for _, sha in ahead)
            patience = PATIENCE if is_open else patience - 1
        return [_commit(self.known[sha]) for sha in found if sha not in old]

    def _paint(self, parents: Iterable[str], old: set[str]) -> None:
        """Will mark all that an old commit is known to reach: its date may say that it is newer."""
        left = list(parents)
        while left:
            one = left.pop()
            if one not in old:
                old.add(one)
                left += self.known.get(one, {}).get("parents", [])

    def _place(self, sha: str) -> tuple[float, str]:
        """The newest first."""
        return -_time(self.known[sha].get("committer", {})).timestamp(), sha


def _error(trouble: aws.Trouble) -> RepositoryError:
    return RepositoryError(trouble.sentence)


def _checked(commit: str) -> str:
    if not digests.is_commit(commit):
        raise RepositoryError(f"{commit!r} is no commit id of 40 digits")
    return commit


def _commit(told_of: Mapping[str, Any]) -> Commit:
    author = told_of.get("author", {})
    subject = (told_of.get("message", "").strip().splitlines() or [""])[0]
    return Commit(
        sha=told_of["commitId"],
        author=author.get("name", ""),
        email=author.get("email", ""),
        subject=subject,
        at=_time(author),
    )


def _time(signature: Mapping[str, Any]) -> datetime:
    """Will read CodeCommit's way of writing a time: seconds since 1970 and the zone, as "1484167798 -0800"."""
    seconds, _, zone = str(signature.get("date", "")).partition(" ")
    try:
        sign = -1 if zone.startswith("-") else 1
        offset = timedelta(hours=int(zone[1:3] or 0), minutes=int(zone[3:5] or 0)) * sign
        return datetime.fromtimestamp(float(seconds), timezone(offset))
    except (ValueError, OverflowError, OSError):
        raise RepositoryError(f"CodeCommit's time {str(signature.get('date', ''))[:40]!r} can't be read") from None
