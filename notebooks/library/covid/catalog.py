"""What there is to ask for: tables with their columns, measures with their definitions and series."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import door, moment
from .answer import Answer
from .problems import CovidError

if TYPE_CHECKING:
    import pandas as pd

DATA = "/api/v1/data/"


def catalog(search: str = "") -> "pd.DataFrame":
    """Will list the tables that may be asked, or those that fit `search`: dataset, table, rows, what they hold."""
    import pandas as pd  # noqa: PLC0415 - half a second that not every notebook needs

    return pd.DataFrame(pages(f"{DATA}catalogue/", {"search": search} if search else {}))


def table(name: str) -> "pd.DataFrame":
    """Will list the columns of a table such as covid-cases.measures, with types and comments. Raises CovidError."""
    import pandas as pd  # noqa: PLC0415

    dataset, _, named = name.rpartition(".")
    if not dataset:
        raise CovidError(f"{name!r} names no dataset. Nothing was asked. Write it as covid-cases.measures.")
    found = door.get(f"{DATA}catalogue/{quote(dataset)}/{quote(named)}/")
    return pd.DataFrame(found["columns"])


def measures() -> "pd.DataFrame":
    """Will list every measure: name, label, unit, formula, and what it does with gaps and corrections."""
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(pages(f"{DATA}measures/", {}))


def definition(name: str) -> Mapping[str, Any]:
    """Will give the definition of a measure. Raises CovidError for one that isn't there, with those like it."""
    known = list(pages(f"{DATA}measures/", {}))
    for one in known:
        if one["name"] == name:
            return one
    words = set(name.split("_"))
    alike = sorted(known, key=lambda one: -len(words & set(one["name"].split("_"))))[:3]
    near = ", ".join(one["name"] for one in alike)
    raise CovidError(
        f"There is no measure {name!r}. Nothing was asked. Like it are {near}; covid.measures() lists all."
    )


def measure(
    name: str, places: str | Iterable[str], *, start: str | date = "", end: str | date = "", interval: str = ""
) -> Answer:
    """Will give a measure's series: rows of place, date and value, for codes such as "ITA" or a list of them.

    `interval` is another of the measure's family: daily, 7-day, weekly, biweekly, cumulative. Raises CovidError when
    its rows are fetched.
    """
    codes = [places] if isinstance(places, str) else list(places)
    day = moment.day()
    asked = {"places": ",".join(codes), "from": str(start), "to": str(end), "interval": interval}
    asked["as_of"] = day.isoformat() if day else ""
    query = {key: value for key, value in asked.items() if value}
    return Answer(path=f"{DATA}measures/{name}/series/", rows=None, query=query)


def snapshots(dataset: str = "") -> "pd.DataFrame":
    """Will list the snapshots of a dataset, or of all: when each was made, which serves, which is kept from serving."""
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(pages(f"{DATA}snapshots/", {"dataset": dataset} if dataset else {}))


def pages(path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Will give everything that a list of the API has, page after page."""
    page = 1
    while True:
        found = door.get(path, {**query, "page": page} if page > 1 else query)
        yield from found["results"]
        if not found.get("next"):
            return
        page += 1
