"""A question in SQL: asked once, followed to its end, its answer ready to be fetched."""

import uuid
from collections.abc import Mapping
from typing import Any

from . import door, moment, parameters, progress
from .answer import Answer, Coming
from .problems import CovidError

DATABASE = "covid-cases"
QUERIES = "/api/v1/data/queries/"
# The portal answers as soon as the query has ended, at the latest after this.
PATIENCE_S = 5
_SUCCEEDED = "SUCCEEDED"
_ENDS = frozenset({_SUCCEEDED, "FAILED", "CANCELLED"})


def sql(text: str, /, *, database: str = DATABASE, engine: str = "", **given: Any) -> Answer:
    """Will run a query in Athena's dialect and give its answer. Raises CovidError with what to do.

    `:name` in the text is a parameter: `covid.sql("… WHERE iso = :country", country="ITA")`; a list is for
    `IN (:countries)`. It stands in the portal's history, budget and ledger as any other query, is read from the
    snapshots that serve or those of `covid.as_of`, and is cancelled when the cell is interrupted.
    """
    asked = door.post(QUERIES, _body(text, database, engine, given), key=uuid.uuid4().hex)
    path = f"{QUERIES}{asked['token']}/"
    rows = Coming(str(asked["links"]["result"]))
    try:
        ended = _followed(path, asked, rows)
    except KeyboardInterrupt:
        door.post(f"{path}cancel/", {})
        raise
    if ended["state"] != _SUCCEEDED:
        raise CovidError(str(ended["message"]), code=str(ended["code"]))
    return _answer(text, ended, rows)


def estimate(text: str, /, *, database: str = DATABASE, engine: str = "", **given: Any) -> Mapping[str, Any]:
    """Will say what a query would read and cost at the most, and what is worth knowing, without running it."""
    found: Mapping[str, Any] = door.post(f"{QUERIES}estimate/", _body(text, database, engine, given))
    return found


def _body(text: str, database: str, engine: str, given: Mapping[str, Any]) -> dict[str, Any]:
    day = moment.day()
    return {
        "sql": text,
        "parameters": parameters.typed(given),
        "database": database,
        "engine": engine,
        "as_of": day.isoformat() if day else None,
        "origin": "notebook",
    }


def _followed(path: str, known: Mapping[str, Any], rows: Coming) -> Mapping[str, Any]:
    with progress.bar("Waiting", unit="looks") as shown:
        while known["state"] not in _ENDS:
            rows.follow(PATIENCE_S)
            known = door.get(path, {"patience_s": PATIENCE_S if rows.is_over else 0})
            before = known.get("position") or 0
            told = f"{before} before it" if before else str(known["state"]).capitalize()
            # Told when the bar is: drawing it for the words alone would show it at once.
            shown.set_description(told, refresh=False)
            shown.update()
    return known


def _answer(text: str, ended: Mapping[str, Any], rows: Coming) -> Answer:
    is_whole = rows.table is not None and ended["rows"] in {None, rows.table.num_rows}
    return Answer(
        path=str(ended["links"]["result"]),
        rows=ended["rows"],
        sql=text,
        token=str(ended["token"]),
        engine=str(ended["engine"]),
        snapshots=ended["snapshots"],
        bytes_scanned=int(ended["bytes_scanned"]),
        cost_usd=float(ended["cost_usd"]),
        is_reused=bool(ended["is_reused"]),
        address=str(ended["links"]["page"]),
        came=rows.table if is_whole else None,
    )
