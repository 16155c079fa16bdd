"""What Athena would refuse is found with its place; a result's columns have Athena's names and types."""

import pytest

from analytics.rules.sql import lint, reading, statement

SCHEMA = {"covid": {"cases": {"iso": "string", "day": "date", "n": "int", "cell": "struct<x:int>"}}}


def findings(sql: str) -> list[tuple[str, int | None, int | None]]:
    return [(one.code, one.line, one.column) for one in lint.findings(statement.parse(sql), SCHEMA)]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT n FROM cases WHERE day = DATE '2020-03-01'", []),
        ("SELECT n FROM cases\nWHERE day = '2020-03-01'", [("type-mismatch", 2, 7)]),
        ("SELECT n FROM cases WHERE n BETWEEN '1' AND 2", [("type-mismatch", 1, 27)]),
        ("SELECT n FROM cases WHERE n IN (SELECT iso FROM cases)", [("type-mismatch", 1, 27)]),
        ("SELECT n FROM cases WHERE n", [("type-mismatch", 1, 27)]),
        ("SELECT day + 1 FROM cases", [("type-mismatch", 1, 8)]),
        ("SELECT CASE WHEN n > 1 THEN n ELSE iso END FROM cases", [("type-mismatch", 1, 18)]),
        ("SELECT date_trunc('day', iso) FROM cases", [("function-arguments", 1, 8)]),
        ("SELECT approx_distinct(iso) FROM cases", [("approximate", 1, 8)]),
        ("SELECT n FROM cases WHERE day = NULL AND iso LIKE NULL", []),
    ],
)
def test_findings(sql: str, found: list[tuple[str, int, int]]):
    assert findings(sql) == found


def test_columns_are_called_as_athena_calls_them():
    sql = "SELECT *, count(*) OVER (), n / 2.0 AS Half, cases.cell.x, CAST(NULL AS varchar) FROM cases"

    found = reading.columns(statement.parse(sql), SCHEMA)

    assert [(one.name, one.type) for one in found] == [
        ("iso", "varchar"),
        ("day", "date"),
        ("n", "integer"),
        ("cell", "row(x integer)"),
        ("_col4", "bigint"),
        ("half", "decimal(12,1)"),
        ("x", "integer"),
        ("_col7", "varchar"),
    ]
