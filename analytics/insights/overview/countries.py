"""The list of countries: searched, sorted, and as long as asked."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analytics.insights import words
from analytics.insights.facts import Facts

SHORT_LIST = 20
MAX_QUESTION = 60
Key = Callable[[Facts], float | None]


@dataclass(frozen=True)
class Column:
    """A column that the list can be sorted by."""

    id: str
    title: str
    key: Key


COLUMNS = (
    Column("cases", "New cases a day", lambda f: f.cases_mean),
    Column("cases_per_million", "per million", lambda f: f.cases_per_million),
    Column("cases_change", "Change in a week", lambda f: f.cases_change),
    Column("deaths", "New deaths a day", lambda f: f.deaths_mean),
    Column("deaths_per_million", "per million", lambda f: f.deaths_per_million),
)
BY_NAME = "name"
DEFAULT = "cases"


@dataclass(frozen=True)
class Row:
    """A country in the list, ready to be read."""

    iso: str
    name: str
    cases: str
    cases_per_million: str
    cases_change: str
    deaths: str
    deaths_per_million: str
    line: str


@dataclass(frozen=True)
class Listed:
    """What the list shows, what was asked, and how many countries there are."""

    rows: tuple[Row, ...]
    question: str
    sort: str
    is_whole: bool
    found: int
    countries: int


def listed(
    everything: Iterable[Facts], lines: Mapping[str, str], *, question: str, sort: str, is_whole: bool
) -> Listed:
    """This function will choose and order the countries; an unknown `sort` is the default one."""
    countries = [facts for facts in everything if facts.kind == "country"]
    question = " ".join(question.split())[:MAX_QUESTION]
    wanted = _plain(question)
    found = [facts for facts in countries if wanted in _plain(f"{facts.name} {facts.iso} {facts.continent}")]
    keys = {column.id: column.key for column in COLUMNS}
    if sort != BY_NAME and sort not in keys:
        sort = DEFAULT
    found.sort(key=lambda facts: _plain(facts.name))
    if sort in keys:
        # Largest first, and what isn't known last; equal ones stay in the order of their names.
        found.sort(key=lambda facts: _descending(keys[sort](facts)))
    shown = found if is_whole or question else found[:SHORT_LIST]
    rows = tuple(_row(facts, lines.get(facts.iso, "")) for facts in shown)
    return Listed(rows, question, sort, len(shown) == len(found), len(found), len(countries))


def _row(facts: Facts, line: str) -> Row:
    return Row(
        facts.iso,
        facts.name,
        words.exact(facts.cases_mean),
        words.exact(facts.cases_per_million),
        words.percent(facts.cases_change),
        words.exact(facts.deaths_mean),
        words.exact(facts.deaths_per_million),
        line,
    )


def _descending(value: float | None) -> tuple[bool, float]:
    return value is None, -(value or 0.0)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
