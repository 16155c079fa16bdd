"""Which datasets there are, which forms of file each is read from, and what is compared between its snapshots."""

from dataclasses import dataclass
from types import MappingProxyType

from analytics.rules.datasets import covid_19, covid_cases, nyt, vaccinations
from analytics.rules.datasets.tables import Table
from analytics.rules.quality.watched import Watched

COVID_CASES = "covid-cases"
COVID_19 = "covid-19"


@dataclass(frozen=True)
class Form:
    """A form of file, or of a set of files in this order. `files` says what each is.

    Where it `is_by_name` a file is the table that its name begins with, and any of them may be missing.
    """

    name: str
    source: str
    licence: str
    files: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    is_sample: bool = False
    is_by_name: bool = False


@dataclass(frozen=True)
class Dataset:
    """What is released as one: `name` is its database in SQL and its folder on the shelf."""

    name: str
    title: str
    forms: tuple[Form, ...]
    watched: tuple[Watched, ...]

    def form(self, name: str) -> Form:
        """Will give the form of that name. Raises KeyError."""
        return next(form for form in self.forms if form.name == name)


_CC_BY = "CC BY 4.0"
_OWID = "Our World in Data"
_LAKE = tuple(covid_19.TABLES.values())
DATASETS = MappingProxyType(
    {
        dataset.name: dataset
        for dataset in (
            Dataset(
                COVID_CASES,
                "COVID-19 by country and day",
                (
                    Form("owid", _OWID, _CC_BY, ("the complete file",), (covid_cases.OWID,)),
                    Form("jhu", "Johns Hopkins University CSSE", _CC_BY, ("cases", "deaths")),
                    Form(
                        "sample", "Sample data", "public domain", ("the sample",), (covid_cases.OWID,), is_sample=True
                    ),
                ),
                (
                    Watched(
                        "days",
                        "iso",
                        "date",
                        ("total_cases", "new_cases", "total_deaths", "new_deaths", "total_tests", "total_vaccinations"),
                        counts=("total_cases", "total_deaths", "total_tests", "total_vaccinations"),
                        news=("new_cases", "new_deaths", "new_tests"),
                    ),
                ),
            ),
            Dataset(
                "vaccinations",
                "COVID-19 vaccinations by country and day",
                (Form("owid-vaccinations", _OWID, _CC_BY, ("vaccinations.csv",), (vaccinations.TABLE,)),),
                (
                    Watched(
                        "vaccinations",
                        "iso_code",
                        "date",
                        ("total_vaccinations", "people_vaccinated", "people_fully_vaccinated"),
                        counts=("total_vaccinations", "people_vaccinated", "people_fully_vaccinated"),
                        news=("daily_vaccinations",),
                    ),
                ),
            ),
            Dataset(
                "nyt",
                "COVID-19 in the United States by state and county",
                (
                    Form(
                        "nyt",
                        "The New York Times",
                        "CC BY-NC 4.0",
                        ("us-states.csv", "us-counties.csv"),
                        (nyt.STATES, nyt.COUNTIES),
                    ),
                ),
                (
                    Watched("us_states", "state", "date", ("cases", "deaths"), counts=("cases", "deaths")),
                    Watched("us_counties", "fips", "date", ("cases", "deaths"), counts=("cases", "deaths")),
                ),
            ),
            Dataset(
                COVID_19,
                "The tables of the AWS COVID-19 data lake",
                (
                    Form(
                        "covid-19", "AWS COVID-19 data lake", "as each table's source says", (), _LAKE, is_by_name=True
                    ),
                    Form("covid-19-sample", "Sample data", "public domain", (), _LAKE, is_sample=True, is_by_name=True),
                ),
                covid_19.WATCHED,
            ),
        )
    }
)


def dataset(name: str) -> Dataset:
    """Will give the dataset of that name. Raises KeyError."""
    return DATASETS[name]


def of_form(form: str) -> Dataset:
    """Will give the dataset that files of that form become. Raises KeyError."""
    found = (dataset for dataset in DATASETS.values() if any(one.name == form for one in dataset.forms))
    owner = next(found, None)
    if owner is None:
        raise KeyError(form)
    return owner
