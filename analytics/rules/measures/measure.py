"""What a measure is: its name, how it is made, and what it does with a gap and with a correction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

Topic = Literal[
    "cases", "deaths", "tests", "vaccinations", "hospital", "excess", "reproduction", "growth", "fatality", "outbreak",
    "policy",
]  # fmt: skip
Interval = Literal["daily", "7-day", "weekly", "biweekly", "cumulative"]
Relative = Literal["", "per hundred", "per thousand", "per 100k", "per million"]
# Where a value comes from: the source's own column, our SQL, or our filter (see `reproduction`).
Made = Literal["given", "computed", "estimated"]

ETL = "owid-etl"
JHU_2022 = "owid-jhu-2022"
OWID_2020 = "owid-2020"
EVERY = frozenset({ETL, JHU_2022, OWID_2020})

# How many people a relative value is related to, as SQL writes it.
PEOPLE: Mapping[str, str] = MappingProxyType(
    {"per hundred": "1e2", "per thousand": "1e3", "per 100k": "1e5", "per million": "1e6"}
)
SUFFIXES: Mapping[str, str] = MappingProxyType({name: f"_{name.replace(' ', '_')}" for name in PEOPLE})


@dataclass(frozen=True)
class Measure:
    """One column of the table `measures`, under Our World in Data's name where it has one."""

    name: str
    label: str
    unit: str
    topic: Topic
    formula: str
    inputs: tuple[str, ...] = ()  # columns of `days` and `places`; read from its SQL by the catalogue
    made: Made = "computed"
    family: str = ""  # the name that its variants share, such as new_cases; "" where it has none
    window_days: int | None = None
    interval: Interval = "daily"
    relative: Relative = ""
    nulls: str = ""
    negatives: str = ""
    decimals: int = 0  # to show; values are kept as they are computed
    profiles: frozenset[str] = EVERY

    def related(self, to: Relative) -> "Measure":
        """Will give the same measure related to so many people, under its usual name."""
        return self.named(self.name + SUFFIXES[to], to)

    def named(self, name: str, to: Relative) -> "Measure":
        """Will give the same measure related to so many people, under another name."""
        return replace(
            self,
            name=name,
            label=f"{self.label} {to.replace('100k', '100,000')}",
            unit=f"{self.unit} {to.replace('100k', '100,000')}",
            formula=f"{self.name} / (population / {PEOPLE[to]})",
            relative=to,
            nulls=f"{self.nulls}; NULL where the population isn't known",
            decimals=2 if to != "per million" or self.interval != "cumulative" else 1,
        )
