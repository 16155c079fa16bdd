"""Compares two snapshots' files in SQL, table by table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from analytics.engines.duckdb.lake import EngineError
from analytics.rules.quality.findings import SETTLED_DAYS, Facts, Named, Rewritten
from analytics.rules.quality.watched import Watched

Rows = list[tuple[Any, ...]]
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
}
_PARITY = "SELECT coalesce(sum(compared), 0), coalesce(sum(mismatches), 0) FROM green.main.parity"


def compare(blue: Path | None, green: Path, watched: Sequence[Watched]) -> Facts:
    """Will compare green's file with blue's, None where there is none yet; both stay as they are.

    Raises EngineError for a file that can't be read.
    """
    with _opened({"green": green, **({"blue": blue} if blue else {})}) as pair:
        parts = [_Table(pair, table, has_blue=blue is not None).facts() for table in watched]
        parity = pair.rows(_PARITY)[0] if pair.has("green", "parity") else (0, 0)
        return _sum(parts, parity, has_blue=blue is not None)


@contextmanager
def _opened(files: dict[str, Path]) -> Iterator["_Pair"]:
    connection = duckdb.connect(":memory:", config=_CONFIG)
    try:
        for name, path in files.items():
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield _Pair(connection)
    except duckdb.Error as error:
        first = str(error).splitlines()[0][:160]
        raise EngineError(f"The snapshots can't be compared ({first})") from error
    finally:
        connection.close()


class _Pair:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        return self._connection.cursor().execute(sql, list(parameters)).fetchall()

    def has(self, side: str, table: str) -> bool:
        sql = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?"
        return bool(self.rows(sql, [side, table]))

    def columns(self, side: str, table: str) -> dict[str, str]:
        sql = "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND table_name = ?"
        return dict(self.rows(sql, [side, table]))


class _Table:
    """One table of both files. Names of columns come from our own definitions, never from a file."""

    def __init__(self, pair: _Pair, watched: Watched, *, has_blue: bool) -> None:
        self.pair = pair
        self.watched = watched
        self.green = pair.columns("green", watched.table)
        self.blue = pair.columns("blue", watched.table) if has_blue else {}
        self.values = [name for name in watched.values if name in self.green and name in self.blue]

    def facts(self) -> Facts:
        own = self._own()
        if not self.blue:
            return own
        if not self.green:
            count, last = self._extent("blue")
            return replace(own, rows_blue=count, last_blue=last, columns_gone=self._schema()["columns_gone"])
        return Facts(
            **{**own.__dict__, **self._schema(), **self._rows(), **self._history(), "lost": self._lost()},
        )

    def _own(self) -> Facts:
        count, last = self._extent("green")
        return Facts(rows_green=count, last_green=last, impossible=self._impossible(), tables=(self.watched.table,))

    def _extent(self, side: str) -> tuple[int, Any]:
        if not self.pair.has(side, self.watched.table):
            return 0, None
        found = self.pair.rows(f"SELECT count(*), max({_quoted(self.watched.date)}) FROM {self._from(side)}")[0]
        return int(found[0]), found[1]

    def _from(self, side: str) -> str:
        table = f"{side}.main.{_quoted(self.watched.table)}"
        if not self.watched.written:
            return table
        return f"(SELECT * REPLACE ({self.watched.day} AS {_quoted(self.watched.date)}) FROM {table})"

    def _schema(self) -> dict[str, Any]:
        table = self.watched.table
        changed = (name for name in self.blue if name in self.green and self.blue[name] != self.green[name])
        return {
            "columns_gone": tuple(f"{table}.{name}" for name in self.blue if name not in self.green),
            "columns_new": tuple(f"{table}.{name}" for name in self.green if name not in self.blue),
            "types_changed": tuple(f"{table}.{name}" for name in changed),
        }

    def _rows(self) -> dict[str, Any]:
        place = _quoted(self.watched.place)
        rows = self.pair.rows(
            f"SELECT b.place, b.n, coalesce(g.n, 0) FROM "
            f"(SELECT {place} AS place, count(*) AS n FROM {self._from('blue')} GROUP BY 1) b LEFT JOIN "
            f"(SELECT {place} AS place, count(*) AS n FROM {self._from('green')} GROUP BY 1) g "
            f"ON b.place IS NOT DISTINCT FROM g.place WHERE coalesce(g.n, 0) < b.n "
            "ORDER BY b.n - coalesce(g.n, 0) DESC, 1"
        )
        count, last = self._extent("blue")
        return {
            "rows_blue": count,
            "last_blue": last,
            "places_gone": tuple(str(place) for place, _, left in rows if not left),
            "places_shorter": tuple(Named(str(place), before, left) for place, before, left in rows if left),
        }

    def _lost(self) -> tuple[Named, ...]:
        """Only of rows that both have: that a new day lacks a value is no loss."""
        if not self.values:
            return ()
        counted = ", ".join(
            f"count(b.{_quoted(name)}), count(b.{_quoted(name)}) FILTER (g.{_quoted(name)} IS NULL)"
            for name in self.values
        )
        rows = self.pair.rows(f"SELECT b.{_quoted(self.watched.place)}, {counted} FROM {self._both()} GROUP BY 1")
        found = (
            Named(f"{name} of {place}", had, had - lost)
            for place, *counts in rows
            for name, had, lost in zip(self.values, counts[::2], counts[1::2], strict=True)
            if lost
        )
        return tuple(sorted(found, key=lambda one: (one.green - one.blue, one.name)))

    def _both(self) -> str:
        place, day = _quoted(self.watched.place), _quoted(self.watched.date)
        return f"{self._from('blue')} b JOIN {self._from('green')} g ON b.{place} = g.{place} AND b.{day} = g.{day}"

    def _impossible(self) -> tuple[Named, ...]:
        wrong = self._conditions()
        if not wrong:
            return ()
        place, day = _quoted(self.watched.place), _quoted(self.watched.date)
        counts = ", ".join(f"count(*) FILTER ({condition})" for condition in wrong.values())
        window = f"OVER (PARTITION BY {place} ORDER BY {day})"
        lagged = "".join(
            f", lag({_quoted(name)} IGNORE NULLS) {window} AS {_quoted('before ' + name)}"
            for name in self.watched.counts
            if name in self.green
        )

        def counted(side: str) -> tuple[Any, ...]:
            return self.pair.rows(f"SELECT {counts} FROM (SELECT *{lagged} FROM {self._from(side)})")[0]

        green = counted("green")
        blue = counted("blue") if set(self.green) <= set(self.blue) else (0,) * len(green)
        return tuple(Named(*one) for one in zip(wrong, blue, green, strict=True))

    def _conditions(self) -> dict[str, str]:
        watched = self.watched
        found = {f"{name} below 0": f"{_quoted(name)} < 0" for name in watched.news}
        found |= {f"{name} outside 0 to 1": f"{_quoted(name)} NOT BETWEEN 0 AND 1" for name in watched.shares}
        found |= {f"{name} falling": f"{_quoted(name)} < {_quoted('before ' + name)}" for name in watched.counts}
        return {told: sql for told, sql in found.items() if told.split(" ", 1)[0] in self.green}

    def _history(self) -> dict[str, Any]:
        _, last = self._extent("blue")
        if not self.values or last is None:
            return {}
        place, day = _quoted(self.watched.place), _quoted(self.watched.date)
        changed = " + ".join(f"(b.{_quoted(v)} IS DISTINCT FROM g.{_quoted(v)})::INT" for v in self.values)
        compared = " + ".join(f"(b.{_quoted(v)} IS NOT NULL OR g.{_quoted(v)} IS NOT NULL)::INT" for v in self.values)
        rows = self.pair.rows(
            f"SELECT b.{place}, date_trunc('month', b.{day})::DATE, sum({changed})::BIGINT, sum({compared})::BIGINT "
            f"FROM {self._both()} WHERE b.{day} <= ? GROUP BY 1, 2 ORDER BY 1, 2",
            [last - timedelta(days=SETTLED_DAYS)],
        )
        return {
            "rewritten": tuple(Rewritten(str(row[0]), *row[1:]) for row in rows if row[2]),
            "compared": sum(row[3] for row in rows),
        }


def _sum(parts: Sequence[Facts], parity: tuple[Any, ...], *, has_blue: bool) -> Facts:
    """Of several tables: what they have, one after the other."""

    def joined(name: str) -> tuple[Any, ...]:
        return tuple(one for part in parts for one in getattr(part, name))

    def latest(name: str) -> Any:
        return max((day for part in parts if (day := getattr(part, name)) is not None), default=None)

    lists = ("columns_gone", "columns_new", "types_changed", "places_gone", "places_shorter")
    more = ("lost", "impossible", "rewritten", "tables")
    counts = ("rows_blue", "rows_green", "compared")
    found: dict[str, Any] = {name: joined(name) for name in (*lists, *more)}
    found |= {name: sum(getattr(part, name) for part in parts) for name in counts}
    found |= {name: latest(name) for name in ("last_blue", "last_green")}
    return Facts(**found, parity_compared=int(parity[0]), parity_mismatches=int(parity[1]), has_blue=has_blue)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
