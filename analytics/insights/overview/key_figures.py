"""Every key figure that a page can list, by its id. A front page chooses from these in front_page.toml."""

from collections.abc import Callable
from dataclasses import dataclass

from analytics.insights import words
from analytics.insights.facts import Facts
from analytics.rules.measures import formulas


@dataclass(frozen=True)
class Shown:
    """A figure as it stands on a card: the number, and one line that says what it is of."""

    value: str
    note: str


@dataclass(frozen=True)
class Card:
    """A key figure on a page."""

    id: str
    title: str
    value: str
    note: str


Figure = Callable[[Facts], Shown]


def _per_million(value: float | None, facts: Facts, note: str) -> Shown:
    if not facts.population:
        return Shown(words.UNKNOWN, "its population isn't known")
    return Shown(words.exact(formulas.per_million(value, facts.population)), note)


def _on(facts: Facts) -> str:
    return f"on {words.day(facts.date)}"


FIGURES: dict[str, Figure] = {
    "new_cases": lambda f: Shown(words.short(f.new_cases), _on(f)),
    "new_cases_mean": lambda f: Shown(words.short(f.cases_mean), words.change(f.cases_change)),
    "new_cases_mean_per_million": lambda f: _per_million(f.cases_mean, f, "a day for each million people"),
    "total_cases": lambda f: Shown(words.short(f.total_cases), f"since the start, to {words.day(f.date)}"),
    "total_cases_per_million": lambda f: _per_million(f.total_cases, f, "since the start, for each million people"),
    "cases_weekly_change": lambda f: Shown(words.percent(f.cases_change), "7-day average against the week before"),
    "new_deaths": lambda f: Shown(words.short(f.new_deaths), _on(f)),
    "new_deaths_mean": lambda f: Shown(words.short(f.deaths_mean), words.change(f.deaths_change)),
    "new_deaths_mean_per_million": lambda f: _per_million(f.deaths_mean, f, "a day for each million people"),
    "total_deaths": lambda f: Shown(words.short(f.total_deaths), f"since the start, to {words.day(f.date)}"),
    "total_deaths_per_million": lambda f: _per_million(f.total_deaths, f, "since the start, for each million people"),
    "deaths_weekly_change": lambda f: Shown(words.percent(f.deaths_change), "7-day average against the week before"),
    "case_fatality": lambda f: Shown(
        _share(formulas.case_fatality(f.total_deaths, f.total_cases)), "confirmed deaths among confirmed cases"
    ),
    "countries_reporting": lambda f: Shown(
        words.whole(f.reporting), f"of {f.countries:,}, within the 7 days to {words.day(f.date)}"
    ),
}


def _share(value: float | None) -> str:
    return words.UNKNOWN if value is None else f"{value:.2f}\N{NARROW NO-BREAK SPACE}%"


def cards(chosen: tuple[tuple[str, str], ...], facts: Facts) -> list[Card]:
    """This function will make the cards of the chosen figures (id and title), in that order."""
    made = []
    for id_, title in chosen:
        shown = FIGURES[id_](facts)
        made.append(Card(id_, title, shown.value, shown.note))
    return made
