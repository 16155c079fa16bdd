"""The pages of the site: each a question, and the measures that answer it."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Topic:
    """One page: its title, what it is about, and its charts, each the name of a measure."""

    slug: str
    title: str
    about: str
    measures: tuple[str, ...]


_ALL = (
    Topic(
        "waves",
        "Waves",
        "A wave is easier to see in a 7-day average than in days: offices report less on weekends. Deaths follow cases "
        "by two to three weeks.",
        ("new_cases_smoothed_per_million", "new_deaths_smoothed_per_million", "weekly_pct_growth_cases"),
    ),
    Topic(
        "reproduction",
        "Reproduction rate",
        "How many people one infected person infects, as published and as we estimate it. Above 1 an outbreak grows. "
        "The latest two weeks of our own estimate will still move.",
        ("reproduction_rate", "r_kalman", "r_kalman_low", "r_kalman_high"),
    ),
    Topic(
        "testing",
        "Testing",
        "Cases are found by tests: where few tests find many cases, many more are not found.",
        ("new_tests_smoothed_per_thousand", "positive_rate", "tests_per_case"),
    ),
    Topic(
        "vaccination",
        "Vaccination",
        "Doses given, and people who had at least one or all doses of the first course.",
        (
            "people_vaccinated_per_hundred",
            "people_fully_vaccinated_per_hundred",
            "new_vaccinations_smoothed_per_million",
        ),
    ),
    Topic(
        "hospital",
        "Hospital and intensive care",
        "People in hospital and in intensive care with COVID-19, where the country reports them.",
        ("hosp_patients_per_million", "icu_patients_per_million", "weekly_hosp_admissions_per_million"),
    ),
    Topic(
        "fatality",
        "Deaths among cases",
        "Confirmed deaths in per cent of confirmed cases. It falls when more of the mild cases are found, so it is no "
        "measure of how deadly the disease is.",
        ("cfr", "cfr_short_term", "total_deaths_per_million"),
    ),
    Topic(
        "excess",
        "Excess mortality",
        "How many more people died than in other years, whatever they died of: the count that depends least on tests.",
        ("excess_mortality", "excess_mortality_cumulative", "excess_mortality_cumulative_per_million"),
    ),
)
TOPICS = MappingProxyType({topic.slug: topic for topic in _ALL})
