"""The ways in which Our World in Data has computed its columns, by name. A snapshot carries the one it follows."""

from dataclasses import dataclass
from types import MappingProxyType

from analytics.rules.measures.measure import ETL, JHU_2022, OWID_2020


@dataclass(frozen=True)
class Profile:
    """One generation of definitions. Sources: owid/etl (garden/covid/latest), owid/covid-19-data (scripts)."""

    name: str
    says: str
    is_reindexed: bool  # every day from the first to the last stands in the table, new counts of it are 0
    keeps_negatives: bool  # whether a country's correction stays among the new counts
    mean_days: int  # how many of the last 7 days a mean needs
    decimals: int | None  # of means and relative values; None leaves them as they are
    fatality_lag_days: int  # from cases to deaths, for the short-term fatality


PROFILES = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(
                ETL,
                "every day stands there; a missing new count is 0, a day on which the total fell has none; "
                "a 7-day mean needs 6 of its days; nothing is rounded",
                is_reindexed=True,
                keeps_negatives=False,
                mean_days=6,
                decimals=None,
                fatality_lag_days=10,
            ),
            Profile(
                JHU_2022,
                "7-day mean of the last 7 days, counted from the place's first total; a missing day counts as 0; "
                "a day on which the total fell has no new count; 3 decimals",
                is_reindexed=False,
                keeps_negatives=False,
                mean_days=7,
                decimals=3,
                fatality_lag_days=13,
            ),
            # docs/adr/0010: found by comparing with every published value of the file of 2020-12-17.
            Profile(
                OWID_2020,
                "7-day mean of the last 7 days, counted from the place's first total; a missing day counts as 0; "
                "a country's negative corrections stay in; 3 decimals",
                is_reindexed=False,
                keeps_negatives=True,
                mean_days=7,
                decimals=3,
                fatality_lag_days=13,
            ),
        )
    }
)


def choose(*, has_negatives: bool, has_weekly_cases: bool = False) -> Profile:
    """Will give the profile that a file follows, told by what only one generation publishes.

    Today's file has columns such as `weekly_cases`; the file of 2020 leaves corrections among its new counts.
    """
    if has_weekly_cases:
        return PROFILES[ETL]
    return PROFILES[OWID_2020 if has_negatives else JHU_2022]
