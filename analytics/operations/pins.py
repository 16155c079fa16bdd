"""Which snapshot of each dataset a query reads: those that serve when it is asked, unless it names others."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from analytics.operations import manifests, shelf
from analytics.operations.refusal import Refused


def serving(state_dir: Path) -> dict[str, str]:
    """Will give the revision that serves, by dataset."""
    found = ((dataset, shelf.serving(state_dir, dataset)) for dataset in shelf.datasets(state_dir))
    return {dataset: revision for dataset, revision in found if revision}


def chosen(state_dir: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """Will give the revisions that serve, with those in `wanted` instead. Raises Refused for one that isn't there."""
    pins = serving(state_dir)
    for dataset, revision in wanted.items():
        if revision not in shelf.revisions(state_dir, dataset):
            known = ", ".join(shelf.revisions(state_dir, dataset)) or "none"
            sentence = f"There is no snapshot {revision} of {dataset}. Nothing was run. There are: {known}."
            raise Refused("snapshot-unknown", sentence)
        pins[dataset] = revision
    return pins


def known_on(state_dir: Path, day: date) -> dict[str, str]:
    """Will give each dataset's newest snapshot that was brought in by the end of that day, in UTC, by dataset.

    One in quarantine is left out: it must not be read, whenever it was known.
    """
    found: dict[str, str] = {}
    for dataset in shelf.datasets(state_dir):
        known = [
            (made.snapshot.imported_at, revision)
            for revision in shelf.revisions(state_dir, dataset)
            if (made := manifests.read(state_dir, dataset, revision)) is not None
            and made.snapshot.imported_at.date() <= day
            and manifests.quarantined(state_dir, dataset, revision) is None
        ]
        if known:
            found[dataset] = max(known)[1]
    return found
