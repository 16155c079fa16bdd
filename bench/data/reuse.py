"""The workbench's kept results: what is the same question, what isn't, and whether an answer is ever a former one's."""

from collections.abc import Sequence
from time import perf_counter

from django.conf import settings

from analytics.engines import registry
from analytics.models import Query
from analytics.operations import serving, shelf
from analytics.rules.snapshot import Snapshot
from bench.data import asking
from bench.peers import plain
from bench.result import Row, percentile

QUESTIONS = (
    "SELECT iso, sum(new_cases) AS cases FROM days GROUP BY iso ORDER BY iso",
    "SELECT year(date) AS in_year, max(total_deaths) AS deaths FROM days GROUP BY 1 ORDER BY 1",
    "SELECT count(*) AS n FROM days WHERE new_cases > 100 AND iso <> '-- none'",
)
# They mean something else: what differs stands within quotes.
OTHERS = tuple(QUESTIONS[-1].replace("-- none", text) for text in ("-- NONE", "--  none", ""))


def rows(made: Sequence[Snapshot]) -> list[Row]:
    """Will ask everything of one snapshot after the other, there and back, each question in several spellings."""
    missed = mistaken = stale = 0
    first_ms: list[float] = []
    again_ms: list[float] = []
    for turn, snapshot in enumerate([*made, *made]):
        serving.serve(settings.STATE_DIR, snapshot.dataset, revision=snapshot.revision)
        for sql in QUESTIONS:
            query = _timed(sql, snapshot, again_ms if turn >= len(made) else first_ms)
            missed += turn >= len(made) and query.answered_by is None
            stale += _answer(query) != _truth(sql, snapshot)
            for spelling in _spellings(sql):
                again = _timed(spelling, snapshot, again_ms)
                missed += again.answered_by is None
                stale += _answer(again) != _answer(query)
        mistaken += sum(_is_mistaken(sql, snapshot, is_new=turn < len(made)) for sql in OTHERS)
    asked, slow = len(again_ms), percentile(first_ms, 50)
    return [
        Row("SQL in another spelling, or after a way back, that was run again", missed, "", asked, 0),
        Row("SQL that means something else and was given a kept answer", mistaken, "", len(OTHERS) * len(made), 0),
        Row("answers to SQL from a snapshot that doesn't serve", stale, "", len(first_ms) + asked, 0),
        Row("SQL with a kept answer, p50", percentile(again_ms, 50), "ms", asked, None, slow, "run for the first time"),
    ]


def _spellings(sql: str) -> tuple[str, ...]:
    words = sql.replace("SELECT", "select").replace("FROM", "from")
    return (
        f"-- who asks, and why\n{sql}",
        f"/* a comment\n over lines */ {words} -- the end",
        words.replace(" from ", "\n\tfrom\r\n  ") + " ;",
    )


def _timed(sql: str, snapshot: Snapshot, into: list[float]) -> Query:
    began = perf_counter()
    query = asking.ended(sql, snapshot.dataset)
    into.append((perf_counter() - began) * 1000)
    return query


def _is_mistaken(sql: str, snapshot: Snapshot, *, is_new: bool) -> bool:
    return is_new and asking.ended(sql, snapshot.dataset).answered_by is not None


def _answer(query: Query) -> list[tuple[object, ...]]:
    table = registry.engine_for(query.engine).page(query.outside_id, size=10_000)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _truth(sql: str, snapshot: Snapshot) -> list[tuple[object, ...]]:
    path = shelf.snapshot_path(settings.STATE_DIR, snapshot.dataset, snapshot.revision)
    with plain.opened(path) as connection:
        return connection.execute(sql).fetchall()
