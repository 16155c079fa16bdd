"""Values become literals of their type; whatever is in them stays a value."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rules.sql import parameters, statement
from analytics.rules.sql.parameters import Parameter
from analytics.rules.sql.problems import SqlError


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("varchar", "Côte d'Ivoire", "'Côte d''Ivoire'"),
        ("bigint", -7, "BIGINT '-7'"),
        ("double", 1.5, "DOUBLE '1.5'"),
        ("double", 2, "DOUBLE '2.0'"),
        ("double", float("nan"), "nan()"),
        ("double", float("-inf"), "(-infinity())"),
        ("decimal", Decimal("1.50"), "DECIMAL '1.50'"),
        ("boolean", True, "TRUE"),
        ("date", date(2020, 3, 1), "DATE '2020-03-01'"),
        ("timestamp", datetime(2020, 3, 1, 1, 2, 3, 250_000), "TIMESTAMP '2020-03-01 01:02:03.250'"),
        ("varchar", None, "CAST(NULL AS varchar)"),
        ("varchar", ("a", "b"), "'a', 'b'"),
    ],
)
def test_literals(kind, value, written):
    assert parameters.literal(Parameter("x", kind, value)) == written


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("varchar", 1),
        ("bigint", "1 OR 1 = 1"),
        ("bigint", True),
        ("bigint", 2**63),
        ("double", "1"),
        ("decimal", Decimal("NaN")),
        ("boolean", 1),
        ("date", datetime(2020, 1, 1)),
        ("date", "2020-01-01"),
        ("timestamp", date(2020, 1, 1)),
        ("varchar", ()),
    ],
)
def test_a_value_is_of_its_type(kind, value):
    with pytest.raises(SqlError) as error:
        parameters.literal(Parameter("x", kind, value))
    assert error.value.code == "parameters"


def test_places_are_filled_by_name_and_by_order():
    sql = "SELECT ':a', ? -- :a ?\nFROM t WHERE a = :a AND b IN (:b) AND c = ? AND d = :A"
    values = [
        Parameter("a", "varchar", "x"),
        Parameter("", "bigint", 1),
        Parameter("b", "varchar", ("p", "q")),
        Parameter("", "bigint", 2),
    ]

    assert parameters.fill(sql, values) == (
        "SELECT ':a', BIGINT '1' -- :a ?\nFROM t WHERE a = 'x' AND b IN ('p', 'q') AND c = BIGINT '2' AND d = 'x'"
    )
    assert parameters.names(sql) == ("", "a", "b", "", "A")


@pytest.mark.parametrize("values", [[], [Parameter("b", "bigint", 1)], [Parameter("", "bigint", 1)]])
def test_none_lacks_and_none_is_left_over(values):
    with pytest.raises(SqlError) as error:
        parameters.fill("SELECT :a", values)
    assert error.value.code == "parameters"


@given(st.text())
def test_no_text_becomes_sql(text: str):
    filled = parameters.fill("SELECT :a AS a", [Parameter("a", "varchar", text)])

    assert [one.this.this for one in statement.parse(filled).tree.expressions] == [text]
