"""Manifests and quarantine notes on the shelf: written once, read by whoever asks what a snapshot is."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

from analytics.operations import shelf
from analytics.rules import manifest
from analytics.rules.manifest import Built, Manifest, Quarantine
from analytics.rules.snapshot import Snapshot


def write(state_dir: Path, snapshot: Snapshot, files: list[tuple[Path, str]]) -> Manifest:
    """Will write a snapshot's manifest; `files` are where its files lie now, and their names from the shelf on."""
    made = Manifest(snapshot, tuple(Built(name, path.stat().st_size, digest(path)) for path, name in files))
    target = shelf.manifest_path(state_dir, snapshot.dataset, snapshot.revision)
    _write(target, manifest.to_json(made))
    return made


def read(state_dir: Path, dataset: str, revision: str) -> Manifest | None:
    """Will give a snapshot's manifest, None if there is none that can be read."""
    try:
        found = json.loads(shelf.manifest_path(state_dir, dataset, revision).read_text(encoding="utf-8"))
        return manifest.from_json(found)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def quarantine(state_dir: Path, dataset: str, note: Quarantine) -> None:
    """Will write down that a snapshot must not serve; the first reason stays."""
    target = shelf.quarantine_path(state_dir, dataset, note.revision)
    if not target.exists():
        value = {"revision": note.revision, "why": note.why, "set_by": note.set_by, "set_at": note.set_at.isoformat()}
        _write(target, value)


def quarantined(state_dir: Path, dataset: str, revision: str) -> Quarantine | None:
    """Will say why a snapshot must not serve, None if it may."""
    target = shelf.quarantine_path(state_dir, dataset, revision)
    try:
        found = json.loads(target.read_text(encoding="utf-8"))
        return Quarantine(found["revision"], found["why"], found["set_by"], datetime.fromisoformat(found["set_at"]))
    except FileNotFoundError:
        return None


def digest(path: Path) -> str:
    """Will give a file's sha256, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(target: Path, value: object) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    draft.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    shelf.put_in_place(draft, target)
