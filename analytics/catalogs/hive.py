"""The types of Glue's tables, which are Hive's, and Athena's words for them (user guide, "Data types in Athena")."""

import re

from sqlglot import exp
from sqlglot.errors import SqlglotError

_DECIMAL = re.compile(r"\b(decimal\(\d+), (\d+\))")
_TIMES = (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ)


def athena_type(hive: str) -> str:
    """Will name a type of Hive as Athena does; one that can't be read keeps its name."""
    try:
        read = exp.DataType.build(hive, dialect="hive")
    except SqlglotError:
        return hive
    for one in read.find_all(exp.DataType):
        if one.this in _TIMES:
            # Athena's engine reads them with three digits, whatever the file holds.
            one.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(3))])
        elif one.this == exp.DataType.Type.VARCHAR:
            one.set("expressions", [])
    return _DECIMAL.sub(r"\1,\2", read.sql("trino").lower())


def hive_type(athena: str) -> str:
    """Will name a type of Athena as Glue's tables do: row(a bigint) is struct<a:bigint>."""
    return exp.DataType.build(athena, dialect="trino").sql("hive").lower().replace(" ", "")
