"""A question of the workbench as a notebook: whatever stands in it, the cells ask just that."""

import datetime
from decimal import Decimal

import nbformat
import pytest

from notebooks.rules import notebook, question

TOLD = {"database": "covid-cases", "engine": "duckdb", "snapshots": {"covid-cases": "2020-12-17"}, "token": "abc"}
VALUES = {
    "place": 'O\'Brien"""',
    "places": ("ITA", "FRA"),
    "day": datetime.date(2020, 10, 1),
    "moment": datetime.datetime(2020, 10, 1, 12, 30),
    "share": Decimal("0.50"),
    "many": 3,
    "none": None,
}


def asked(document):
    """Runs the cells with a library that only listens."""
    heard = {}

    class Answer:
        def pandas(self):
            return self

        def describe(self):
            return ""

    class Covid:
        @staticmethod
        def sql(text, **given):
            heard.update(given, text=text)
            return Answer()

    names = {"covid": Covid}
    for cell in document["cells"]:
        if cell["cell_type"] == "code" and cell["source"] != "import covid":
            exec(cell["source"], names)  # noqa: S102 - what it does is what is tested
    return heard


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT ''''\nFROM measures\n\nWHERE iso = :place",
        'SELECT """x""" AS "a""b"',
        "SELECT regexp_like(name, '\\\\d+\\n') -- \\",
        'SELECT "last"',
    ],
)
def test_the_very_query_is_asked(sql):
    document = question.document(sql, values={}, **TOLD)
    nbformat.validate(nbformat.from_dict(document))
    heard = asked(document)
    assert [line.strip() for line in heard["text"].strip().splitlines()] == [line.strip() for line in sql.splitlines()]
    assert (heard["database"], heard["engine"]) == ("covid-cases", "duckdb")


def test_its_values_are_parameters():
    document = question.document("SELECT :place", values=VALUES, **TOLD)
    heard = asked(document)
    assert {name: heard[name] for name in VALUES} == {**VALUES, "places": ["ITA", "FRA"]}
    assert "place" in [one.name for one in notebook.parameters(document)]
    assert "`covid-cases/2020-12-17`" in document["cells"][0]["source"]
