"""The git repository that the sample's releases are commits of: a clone of this checkout with a few commits on top."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 120
FRONT_PAGE = "analytics/insights/overview/front_page.toml"
AUTHOR = ("Dora Developer", "dora@insights.example")


class SourceError(Exception):
    """The repository could not be made; the message says why and what to do."""


@dataclass(frozen=True)
class Change:
    """One commit: its subject, and what it adds to the front page's list of figures."""

    subject: str
    added: str


COMMITS_OF_1_1_0 = (
    Change(
        "Show on the front page how the week compares with the one before",
        '\n[[figure]]\nid = "cases_weekly_change"\ntitle = "New cases, week on week"\n',
    ),
    Change(
        "List the places that reported this week",
        '\n[[figure]]\nid = "countries_reporting"\ntitle = "Countries reporting"\n',
    ),
)
COMMITS_OF_1_2_0 = (
    Change(
        "Put cases per million beside the totals",
        '\n[[figure]]\nid = "total_cases_per_million"\ntitle = "Cases per million people"\n',
    ),
)


@dataclass(frozen=True)
class Commits:
    """The commit of each of the sample's releases."""

    first: str
    second: str
    third: str


def ensure(checkout: Path, folder: Path) -> Commits:
    """Will make the repository in `folder` from `checkout`, once, and name its releases' commits.

    Raises SourceError where `checkout` is no git checkout with a commit.
    """
    if not (folder / ".git").exists():
        _make(checkout, folder)
    return Commits(
        *(_git(folder, "rev-parse", f"refs/tags/{tag}^{{commit}}") for tag in ("1.0.0", "1.1.0", "1.2.0-bad"))
    )


def _make(checkout: Path, folder: Path) -> None:
    draft = folder.with_name(f"{folder.name}.draft-{os.getpid()}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        _git(checkout, "rev-parse", "--verify", "HEAD")
    except SourceError:
        raise SourceError(
            f"{checkout} is no git checkout with a commit, and a release is a commit. "
            "Clone the project with git, or commit once, and start again."
        ) from None
    _git(checkout, "clone", "--quiet", "--no-hardlinks", str(checkout), str(draft))
    _git(draft, "tag", "1.0.0")
    for tag, changes in (("1.1.0", COMMITS_OF_1_1_0), ("1.2.0-bad", COMMITS_OF_1_2_0)):
        for change in changes:
            _commit(draft, change)
        _git(draft, "tag", tag)
    # In one step: what is half made is never taken for the repository.
    draft.rename(folder)


def _commit(folder: Path, change: Change) -> None:
    page = folder / FRONT_PAGE
    page.write_text(page.read_text() + change.added)
    name, email = AUTHOR
    identity = ("-c", f"user.name={name}", "-c", f"user.email={email}", "-c", "commit.gpgsign=false")
    _git(folder, *identity, "commit", "--quiet", "--no-verify", "--message", change.subject, "--", FRONT_PAGE)


def _git(folder: Path, *words: str) -> str:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            check=True,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            env=environment,
        )
    except FileNotFoundError:
        raise SourceError("git is not on PATH; releases are git commits. Install git and start again.") from None
    except subprocess.CalledProcessError as error:
        raise SourceError(f"git {words[0]} failed: {error.stderr.strip()}") from None
    return done.stdout.strip()
