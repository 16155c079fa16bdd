"""Athena's grammar as sqlglot reads it, with every function left under the name that it was called by.

sqlglot would turn calls into nodes of its own, and write some of these for DuckDB without an argument, or with another
meaning. Here a call stays a name and its arguments, and `functions` says what becomes of it.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.parsers.trino import TrinoParser

_SPECIAL = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING", "LISTAGG")


class _Parser(TrinoParser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., exp.Expr]]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: read for name, read in TrinoParser.FUNCTION_PARSERS.items() if name in _SPECIAL
    }


class AthenaQueries(Trino):
    """The dialect of Athena's queries: Trino's, with calls left as they are."""

    INDEX_OFFSET = 0  # a subscript stays the number that was written

    Parser = _Parser


ATHENA = AthenaQueries()
