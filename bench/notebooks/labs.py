"""From the click on *Open a notebook* to a kernel that has run a cell: where no server of the person's runs, and where
one does. Beside it: plain JupyterLab, started by hand on this machine.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import monotonic

import httpx
from django.conf import settings

from bench.ground import waiting
from bench.ground.portal import Person, Portal
from bench.notebooks.lab import Lab
from bench.result import Result, Row
from bench.traffic import sockets

TIMES, QUICK_TIMES = 5, 1
WHO = "ana"
HOME, START, STOP = "/notebooks/", "/notebooks/start/", "/notebooks/stop/"
# The page that is shown meanwhile looks so often (notebooks/templates/notebooks/starting.html).
PAGE_LOOKS_EVERY_S = 1.0
LIMIT_S = 90.0
PEER = "plain jupyter lab"


@dataclass(frozen=True)
class Opening:
    """Seconds from the beginning to the Lab's page, and from the beginning to a kernel that answered."""

    page: float
    kernel: float


@dataclass(frozen=True)
class Openings:
    """The same door again and again: `cold` with a server that had to be started, `warm` with the one that ran."""

    cold: Sequence[Opening]
    warm: Sequence[Opening]


def measure(*, is_quick: bool = False) -> Result:
    """Will open and stop the Lab again and again, through the portal and then by hand."""
    times = QUICK_TIMES if is_quick else TIMES
    with Portal():
        ours = _through_portal(times)
    return Result("labs", tuple(_rows(ours, _by_hand(times))), _notes())


def _through_portal(times: int) -> Openings:
    person = Person.sign_in(WHO, port=settings.CONFIGURATION.port)
    cold, warm = [], []
    for _ in range(times):
        with _browser(person) as client:
            cold.append(_click(person, client))
            warm.append(_click(person, client))
            _press(person, client, STOP)
    return Openings(cold, warm)


@contextmanager
def _browser(person: Person) -> Iterator[httpx.Client]:
    base = f"http://localhost:{person.port}"
    with httpx.Client(base_url=base, cookies=person.cookies, follow_redirects=True, timeout=LIMIT_S) as client:
        yield client


def _click(person: Person, client: httpx.Client) -> Opening:
    person.look(HOME)
    began = monotonic()
    answer = _press(person, client, START)

    def has_come() -> bool:
        nonlocal answer
        if not answer.url.path.startswith("/jupyter/"):
            waiting.pause(PAGE_LOOKS_EVERY_S)
            answer = client.get(answer.url)
        return answer.url.path.startswith("/jupyter/")

    waiting.until(has_come, what="the Lab has come", limit_s=LIMIT_S)
    page = monotonic()
    Lab(client, f"/jupyter/{answer.url.path.split('/')[2]}/").start_kernel()
    return Opening(page - began, monotonic() - began)


def _press(person: Person, client: httpx.Client, path: str) -> httpx.Response:
    return client.post(path, data={"csrfmiddlewaretoken": person.token}).raise_for_status()


def _by_hand(times: int) -> Openings:
    cold, warm = [], []
    for _ in range(times):
        began = monotonic()
        with _plain() as lab:
            waiting.until(lab.is_open, what=f"{PEER} answers", limit_s=LIMIT_S)
            page = monotonic()
            lab.start_kernel()
            cold.append(Opening(page - began, monotonic() - began))
            began = monotonic()
            waiting.until(lab.is_open, what=f"{PEER} answers")
            page = monotonic()
            lab.start_kernel()
            warm.append(Opening(page - began, monotonic() - began))
    return Openings(cold, warm)


@contextmanager
def _plain() -> Iterator[Lab]:
    """Starts JupyterLab as anybody does, without its password, in a folder and settings of its own."""
    [port] = sockets.free(1)
    with tempfile.TemporaryDirectory(prefix="vd-lab-") as folder:
        options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root", "--IdentityProvider.token="]
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, "--ServerApp.port_retries=0"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with httpx.Client(base_url=f"http://localhost:{port}", timeout=LIMIT_S) as client:
                yield Lab(client)
        finally:
            process.terminate()
            process.wait()


def _rows(ours: Openings, plain: Openings) -> list[Row]:
    rows = []
    for name, mine, theirs in (("cold", ours.cold, plain.cold), ("warm", ours.warm, plain.warm)):
        for what, seconds, beside in (
            ("the Lab's page", [one.page for one in mine], [one.page for one in theirs]),
            ("a kernel that ran a cell", [one.kernel for one in mine], [one.kernel for one in theirs]),
        ):
            told = f"click to {what}, {name}: median"
            rows.append(Row(told, median(seconds), "s", len(seconds), None, median(beside), PEER))
    return rows


def _notes() -> tuple[str, ...]:
    return (
        "Cold: the person's server had to be started; warm: it ran already. A kernel is new each time.",
        f"The page that is shown while a server starts looks every {PAGE_LOOKS_EVERY_S:g} s, and so does this.",
        "A browser's own work, to draw the Lab, isn't in it.",
    )
