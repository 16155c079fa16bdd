"""What stands in the workbench's form: read from a request, a query that was asked, or one that was saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404

from analytics.engines.duckdb.snapshots import Snapshots
from analytics.models import Query, SavedQuery, SavedVersion
from analytics.operations import budgets, pins
from analytics.operations.queries import Question
from analytics.operations.refusal import Refused
from analytics.rules.datasets import registry
from analytics.rules.sql import given
from analytics.rules.sql.parameters import Parameter
from analytics.rules.sql.problems import SqlError
from portal import clock
from portal.web import access

KINDS = given.KINDS
MOST_PARAMETERS = 20
FIRST = """-- The world's 7-day average of new cases
SELECT date, new_cases_smoothed
FROM measures
WHERE iso = :place
ORDER BY date"""


@dataclass(frozen=True)
class Asked:
    """The form. `parameters` are as they were typed: name, type, value."""

    sql: str
    database: str
    parameters: Sequence[dict[str, Any]] = ()
    engine: str = ""
    saved: SavedVersion | None = None

    @classmethod
    def of(cls, request: access.Request) -> "Asked":
        """Will read what was posted."""
        posted = request.POST
        triples = zip(posted.getlist("name"), posted.getlist("type"), posted.getlist("value"), strict=False)
        parameters = [{"name": name.strip().lstrip(":"), "type": kind, "value": value} for name, kind, value in triples]
        saved = SavedVersion.objects.filter(pk=posted["saved"]).first() if posted.get("saved", "").isdecimal() else None
        return cls(
            posted.get("sql", "").replace("\r\n", "\n"),
            posted.get("database", registry.COVID_CASES),
            [one for one in parameters if one["name"]][:MOST_PARAMETERS],
            posted.get("engine", ""),
            saved if saved and saved.sql == posted.get("sql", "").replace("\r\n", "\n") else None,
        )

    @classmethod
    def of_query(cls, query: Query) -> "Asked":
        """Will give the form as it stood when the query was asked."""
        return cls(query.sql, query.database, query.parameters, query.engine, query.saved)

    @classmethod
    def of_version(cls, version: SavedVersion) -> "Asked":
        """Will give the form that a saved query fills."""
        return cls(version.sql, version.database, version.parameters, saved=version)

    def question(self) -> Question:
        """Will give the question. Raises Refused for a parameter that isn't of its type."""
        return Question(self.sql, self.database, self.typed(), self.engine, saved=self.saved)

    def typed(self) -> tuple[Parameter, ...]:
        """Will read the parameters as their types. Raises Refused."""
        try:
            return tuple(given.read(one["name"], one["type"], one["value"]) for one in self.parameters)
        except SqlError as error:
            raise Refused(error.code, error.sentence) from error


def prefilled(request: access.Request) -> Asked:
    """Will give the form for an address: ?saved=slug, ?table=database.table, or the first example."""
    slug, table = request.GET.get("saved", ""), request.GET.get("table", "")
    if slug:
        version = SavedVersion.objects.filter(query__slug=slug).select_related("query").first()
        if version is None:
            raise Http404("There is no saved query of that name.")
        return Asked.of_version(version)
    database, _, name = table.partition(".")
    if name and database in databases():
        return Asked(f'SELECT *\nFROM "{name.replace(chr(34), "")}"\nLIMIT 100', database)
    return Asked(FIRST, registry.COVID_CASES, [{"name": "place", "type": "varchar", "value": "OWID_WRL"}])


def databases() -> list[str]:
    """Will name the datasets that have a snapshot."""
    return sorted(pins.serving(settings.STATE_DIR)) or [registry.COVID_CASES]


def names() -> dict[str, list[str]]:
    """Will give the columns of every table of every dataset that serves, by table and by database.table."""
    shelf = Snapshots(settings.STATE_DIR / "lake")
    found: dict[str, list[str]] = {}
    for dataset, revision in pins.serving(settings.STATE_DIR).items():
        for table, columns in shelf.tables(dataset, revision).items():
            found[table] = found[f"{dataset}.{table}"] = list(columns)
    return found


def standings(request: access.Request) -> list[budgets.Standing]:
    """Will give what of the reader's budgets is left."""
    return budgets.standings(request.actor, now=clock.now())


def saved_by_slug(slug: str) -> SavedQuery | None:
    """Will give a saved query with its versions."""
    return SavedQuery.objects.prefetch_related("versions").filter(slug=slug).first()
