"""Brings the state folder to where the code is: database, static files, sample data. Skipped while nothing changed."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from portal import runtime_paths
from portal.configuration import BASE_DIR, Configuration
from portal.stack.plan import files
from portal.stack.trouble import Trouble

PREPARED, SAMPLED = "prepared", "sampled"


def ensure(configuration: Configuration, environment: dict[str, str]) -> None:
    """Will prepare what is not prepared yet.

    Raises Trouble when a step fails.
    """
    run = runtime_paths.run_folder(configuration.state_dir)
    wanted = fingerprint(configuration)
    if _is_there(configuration) and _has(run / PREPARED, wanted):
        return
    _run([sys.executable, "-m", "portal.stack.groundwork"], environment, "The database and its data are not prepared")
    files.write(run / PREPARED, wanted)


def make_releases(configuration: Configuration, environment: dict[str, str]) -> None:
    """Will let `manage.py demo` bring the sample's releases up, through the HAProxy and supervisord that run.

    Raises Trouble when it fails; the next start goes on from there.
    """
    run = runtime_paths.run_folder(configuration.state_dir)
    wanted = fingerprint(configuration)
    if _has(run / SAMPLED, wanted):
        return
    _run([sys.executable, "manage.py", "demo", "releases"], environment, "The sample's releases are not complete")
    files.write(run / SAMPLED, wanted)


def fingerprint(configuration: Configuration) -> str:
    """Will give a digest of everything that preparation depends on."""
    # repr() shows no secret, and none matters here.
    digest = hashlib.sha256(f"{sys.version}\n{sys.prefix}\n{configuration!r}\n".encode())
    for file in _inputs():
        facts = file.stat()
        digest.update(f"{file.relative_to(BASE_DIR)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _has(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _inputs() -> Iterator[Path]:
    yield BASE_DIR / "requirements.txt"
    for package in ("portal", "releases", "analytics", "notebooks"):
        for pattern in ("**/migrations/*.py", "**/static/**/*"):
            yield from sorted(path for path in (BASE_DIR / package).glob(pattern) if path.is_file())


def _is_there(configuration: Configuration) -> bool:
    # A PostgreSQL server may have been emptied since; only looking tells.
    state_dir = configuration.state_dir
    return (
        not configuration.database_url
        and (state_dir / "portal.sqlite3").exists()
        and (state_dir / "static" / "staticfiles.json").exists()
        and (state_dir / "lake" / "covid-cases" / "current").exists()
        and (state_dir / "run" / "haproxy.cfg").exists()
        and (state_dir / "run" / "ports.json").exists()
    )


def _run(command: list[str], environment: dict[str, str], consequence: str) -> None:
    process = subprocess.run(command, cwd=BASE_DIR, env=environment, check=False, stdin=subprocess.DEVNULL)
    if process.returncode:
        raise Trouble(f"{consequence}: the lines above say why. What was prepared before is kept; try again.")
