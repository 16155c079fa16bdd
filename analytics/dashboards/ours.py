"""The dashboards that come along. infra/dashboards.yaml has them for QuickSight; without it the portal draws them."""

from dataclasses import dataclass
from types import MappingProxyType

# The parameter that holds the place, by its ISO code: on our pages, in addresses and in QuickSight.
PLACE = "place"


@dataclass(frozen=True)
class Sheet:
    """One page of a dashboard: a line for each day and place of each measure."""

    id: str
    name: str
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """One dashboard. In QuickSight its id stands behind the environment's prefix."""

    id: str
    name: str
    about: str
    sheets: tuple[Sheet, ...]


_ALL = (
    Definition(
        "overview",
        "COVID-19 at a glance",
        "Cases and deaths of a place, as seven-day averages per million people.",
        (
            Sheet("cases", "Cases", ("new_cases_smoothed_per_million", "total_cases_per_million")),
            Sheet("deaths", "Deaths", ("new_deaths_smoothed_per_million", "total_deaths_per_million")),
        ),
    ),
    Definition(
        "vaccination",
        "Vaccination",
        "People with at least one dose and with all doses of the first course, and the doses given each day.",
        (
            Sheet("people", "People", ("people_vaccinated_per_hundred", "people_fully_vaccinated_per_hundred")),
            Sheet("doses", "Doses", ("new_vaccinations_smoothed_per_million",)),
        ),
    ),
)
OURS = MappingProxyType({one.id: one for one in _ALL})
