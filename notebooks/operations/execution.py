"""One execution of a notebook in the fence: a process of its own, watched, ended when it isn't wanted any more."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from notebooks import fence, runner
from notebooks.jupyter import launch
from notebooks.models import Run
from notebooks.operations import servers
from notebooks.rules import notebook, outputs
from notebooks.rules.notebook import NotebookError
from portal import runtime_paths
from portal.accounts import tokens
from portal.accounts.permissions import Scope

LIMIT_S = 900
LOOKS_EVERY_S = 1.0
SPARE = timedelta(minutes=5)
SOURCE, EXECUTED, PARAMETERS = "in.ipynb", "out.ipynb", "parameters.json"
# An executed notebook larger than this isn't kept.
LARGEST_BYTES = 100_000_000
_TOLD = 500


@dataclass(frozen=True)
class Ended:
    """How it ended: well, badly, or (None) because nobody wanted it any more; `cell` failed, counted from 1."""

    is_good: bool | None
    message: str = ""
    cell: int | None = None


def execute(run: Run, *, is_wanted: Callable[[], bool], now: datetime) -> Ended:
    """Will run the notebook and keep its executed copy. It asks `is_wanted` every second."""
    against = servers.reason_against()
    if against:
        return Ended(is_good=False, message=against)
    folder = folder_of(run)
    with _token(run, folder, now=now) as token_file:
        work = _prepared(run, folder)
        with (folder / "log").open("wb") as log, _started(work, token_file, log) as process:
            told = _watch(process, is_wanted)
        _keep(work / EXECUTED, folder / EXECUTED)
        shutil.rmtree(work, ignore_errors=True)
    if told is not None:
        return told
    return _ended(folder, is_good=process.returncode == 0)


def folder_of(run: Run) -> Path:
    """Will give the folder in which a run's executed copy is kept."""
    return Path(settings.STATE_DIR) / "notebooks" / "runs" / run.token


def executed(run: Run) -> Mapping[str, Any] | None:
    """Will read the executed copy, as far as it came; None where there is none."""
    return _document(folder_of(run) / EXECUTED)


def _command(work: Path, token_file: Path) -> tuple[list[str], dict[str, str]]:
    """Gives the command and its environment: in the fence, or without where an operator wants it so."""
    configuration = settings.CONFIGURATION
    door = runtime_paths.notebooks_door(Path(settings.STATE_DIR))
    argv = [sys.executable, "-m", "notebooks.runner", SOURCE, EXECUTED, PARAMETERS]
    path = {"PATH": os.environ.get("PATH", os.defpath)}
    if configuration.notebooks_unfenced:
        root = Path(settings.BASE_DIR)
        asking = {"COVID_PORTAL": f"http+unix://{door}", "COVID_TOKEN_FILE": str(token_file)}
        return argv, {**path, **asking, "HOME": str(work), "PYTHONPATH": f"{root}:{root / 'notebooks' / 'library'}"}
    code = Path(runner.__file__)
    fenced = fence.command(
        argv,
        work=work,
        portal_socket=door,
        token_file=token_file,
        limits=replace(launch.limits(configuration), cpu_s=LIMIT_S),
        shares=[fence.Share(code, fence.CODE / "notebooks" / code.name)],
    )
    return fenced, path


def _prepared(run: Run, folder: Path) -> Path:
    """Gives a folder that is the run's alone: what it writes there is gone afterwards, but for the notebook."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    fence.own(work, person_id=run.person_id)
    for name, text in ((SOURCE, run.source), (PARAMETERS, json.dumps(run.parameters))):
        (work / name).write_text(text, encoding="utf-8")
        fence.give(work / name, person_id=run.person_id)
    return work


@contextmanager
def _token(run: Run, folder: Path, *, now: datetime) -> Iterator[Path]:
    """A token that reads and asks, as the person, as long as the run may last."""
    token, secret = tokens.make(
        owner=run.person,
        name=f"run of {run.notebook}"[:60],
        scopes=[Scope.READ, Scope.QUERY],
        valid_for=timedelta(seconds=LIMIT_S) + SPARE,
        now=now,
    )
    fence.own(folder / "own", person_id=run.person_id)
    path = folder / "own" / "token"
    path.touch(mode=0o600)
    path.write_text(secret, encoding="ascii")
    fence.give(path, person_id=run.person_id)
    try:
        yield path
    finally:
        tokens.withdraw(token_id=token.pk, owner=run.person, now=now)
        shutil.rmtree(folder / "own", ignore_errors=True)


@contextmanager
def _started(work: Path, token_file: Path, log: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    command, environment = _command(work, token_file)
    process = subprocess.Popen(
        command, cwd=work, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            # All that it started is in its namespace, and goes with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _watch(process: "subprocess.Popen[bytes]", is_wanted: Callable[[], bool]) -> Ended | None:
    """Waits for the end; gives why it was ended before."""
    for _ in range(int(LIMIT_S / LOOKS_EVERY_S)):
        try:
            process.wait(LOOKS_EVERY_S)
        except subprocess.TimeoutExpired:
            if not is_wanted():
                return Ended(is_good=None, message="It was cancelled. What it had done is kept. Run it again.")
        else:
            return None
    message = f"It took longer than {LIMIT_S} s and was ended. What it had done is kept. Let it do less, then run it."
    return Ended(is_good=False, message=message)


def _keep(made: Path, kept: Path) -> None:
    """What lies in the person's folder may be anything, a link to somewhere as well."""
    if made.is_file() and not made.is_symlink() and made.stat().st_size <= LARGEST_BYTES:
        shutil.copyfile(made, kept, follow_symlinks=False)


def _ended(folder: Path, *, is_good: bool) -> Ended:
    made = _document(folder / EXECUTED)
    failed = outputs.failed(made) if made else None
    if failed:
        return Ended(is_good=False, message=failed.message[:_TOLD], cell=failed.number)
    if is_good and made:
        return Ended(is_good=True)
    lines = (folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    told = lines[-1][:_TOLD] if lines else "it said nothing"
    return Ended(is_good=False, message=f"The notebook's process ended by itself: {told}. Run it again.")


def _document(path: Path) -> Mapping[str, Any] | None:
    """What came out of the fence is somebody's own: it is read as a notebook, or not at all."""
    try:
        return notebook.read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NotebookError):
        return None
