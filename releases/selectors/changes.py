"""What a release changes against what serves: commits and configuration, with secrets hidden."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from releases.models import Commit, Release

MOST_COMMITS = 50
HIDDEN = "••••••"
_SECRET_NAME = re.compile(r"SECRET|PASSW|TOKEN|KEY|CREDENTIAL|PRIVATE|DSN")
# A URL may carry a password whatever its variable is called.
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")


@dataclass(frozen=True)
class Variable:
    """One variable that differs; `before` or `after` is None where it isn't set. Values are shown masked."""

    name: str
    before: str | None
    after: str | None

    @property
    def word(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True)
class Changes:
    """`is_back` says that the commits are taken away: the release is older than what serves."""

    before: Release | None
    after: Release
    commits: Sequence[Commit]
    has_more_commits: bool
    variables: Sequence[Variable]
    is_back: bool = False


def masked(name: str, value: str) -> str:
    """Will give the value as a page may show it."""
    if _SECRET_NAME.search(name.upper()):
        return HIDDEN
    return _PASSWORD_IN_URL.sub(rf"\1:{HIDDEN}@", value)


def variables(before: Mapping[str, str], after: Mapping[str, str]) -> list[Variable]:
    """Will list every variable that is not the same on both sides, by name."""
    differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [Variable(name, _shown(name, before), _shown(name, after)) for name in differing]


def _shown(name: str, values: Mapping[str, str]) -> str | None:
    return masked(name, str(values[name])) if name in values else None


def configuration(release: Release) -> list[tuple[str, str]]:
    """Will list a release's whole configuration, masked."""
    return [(name, masked(name, str(value))) for name, value in sorted(release.configuration.items())]


def between(before: Release | None, after: Release) -> Changes:
    """Will say what differs between what serves and a release of the same service; one query."""
    is_back = before is not None and before.pk > after.pk
    commits = Commit.objects.filter(release__service_id=after.service_id)
    if before is None:
        commits = commits.filter(release=after)
    else:
        low, high = sorted((before.pk, after.pk))
        commits = commits.filter(release_id__gt=low, release_id__lte=high)
    rows = list(commits.order_by("-release_id", "position")[: MOST_COMMITS + 1])
    found = variables(before.configuration if before else {}, after.configuration)
    return Changes(before, after, rows[:MOST_COMMITS], len(rows) > MOST_COMMITS, found, is_back)
