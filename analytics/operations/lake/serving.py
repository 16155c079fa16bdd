"""Which snapshot of a dataset serves in the account's lake, and which one stands beside it as green."""

import json
from contextlib import suppress

from analytics.operations.lake import databases, objects
from analytics.operations.lake.base import MANIFEST, NOT_PUBLISHED, Lake, LakeError, database
from analytics.operations.lake.databases import Databases
from analytics.operations.lake.objects import Objects
from analytics.operations.lake.tables import revision_of
from analytics.rules import manifest
from analytics.rules.manifest import Manifest

ACTIONS = objects.ACTIONS | databases.ACTIONS
SERVING = "current.json"
CANDIDATE = "green.json"


def serving(lake: Lake, dataset: str) -> str:
    """Will give the revision that serves, "" if none does. Raises LakeError.

    Where the tables and the pointer are not of one, as after a crash, all of them are named: that is no revision.
    """
    pointed = _pointed(lake, dataset)
    tables = {revision_of(one) for one in Databases(lake).tables(dataset).values()} - {""}
    return " and ".join(sorted(tables | ({pointed} if pointed else set())))


def serve(lake: Lake, dataset: str, *, revision: str) -> None:
    """Will lead the serving tables, and then the pointer, to a snapshot. Raises LakeError if that isn't published.

    The pointer is last: what follows it gets the old snapshot whole until the new one serves whole. Where a table
    can't be led, those that were go back.
    """
    made, before = published(lake, dataset, revision), _pointed(lake, dataset)
    try:
        _lead(lake, dataset, revision)
    except LakeError:
        with suppress(LakeError):
            _lead(lake, dataset, before)
        raise
    _point(lake, dataset, SERVING, made)


def clear(lake: Lake, dataset: str) -> None:
    """Will let no snapshot serve: as it was before the first one. Raises LakeError."""
    Objects(lake, dataset).remove(SERVING)
    _lead(lake, dataset, "")


def show_green(lake: Lake, dataset: str, *, revision: str) -> None:
    """Will say which snapshot is the candidate. Raises LakeError if it isn't published."""
    _point(lake, dataset, CANDIDATE, published(lake, dataset, revision))


def clear_green(lake: Lake, dataset: str) -> None:
    """Will say that there is no candidate any more. Raises LakeError."""
    Objects(lake, dataset).remove(CANDIDATE)


def published(lake: Lake, dataset: str, revision: str) -> Manifest:
    """Will give what is written down about a snapshot in the lake.

    Raises LakeError, not permanent, where nothing is: it may be on its way.
    """
    name = MANIFEST.format(revision)
    content = Objects(lake, dataset).read(name)
    if not content:
        sentence = f"Snapshot {revision} is not in {lake.location(dataset, '')} yet, or not whole"
        raise LakeError(NOT_PUBLISHED, sentence, is_permanent=False)
    try:
        return manifest.from_json(json.loads(content))
    except (ValueError, KeyError, TypeError) as error:
        sentence = f"{lake.location(dataset, name)} does not say what snapshot {revision} is"
        raise LakeError("not-whole", sentence, is_permanent=True) from error


def _lead(lake: Lake, dataset: str, revision: str) -> None:
    """Declares the serving tables as they are in a snapshot's own database, then takes out those that it has not."""
    own = Databases(lake)
    wanted = own.tables(database(dataset, revision)) if revision else {}
    if revision and not wanted:
        sentence = f"Glue has no database {database(dataset, revision)} with the tables of that snapshot"
        raise LakeError(NOT_PUBLISHED, sentence, is_permanent=False)
    if wanted:
        own.make(dataset, about=f"What serves of {dataset}", parameters={})
    for table in wanted.values():
        own.put(dataset, table)
    own.drop(dataset, [name for name, one in own.tables(dataset).items() if revision_of(one) and name not in wanted])


def _point(lake: Lake, dataset: str, name: str, made: Manifest) -> None:
    # As docker/snapshots.py reads it.
    said = {"revision": made.snapshot.revision, "key": lake.key(dataset, made.files[0].name), "sha256": made.digest}
    Objects(lake, dataset).write(name, json.dumps(said, indent=1).encode())


def _pointed(lake: Lake, dataset: str) -> str:
    content = Objects(lake, dataset).read(SERVING)
    try:
        return str(json.loads(content)["revision"]) if content else ""
    except (ValueError, KeyError, TypeError) as error:
        sentence = f"{lake.location(dataset, SERVING)} is no pointer"
        raise LakeError("pointer-unreadable", sentence, is_permanent=True) from error
