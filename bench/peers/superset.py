"""Apache Superset's chart data endpoint on the same file, where it is installed; `make superset` installs it."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from analytics.insights.comparison import Ask
from bench.data import files
from bench.ground import site_copies
from bench.ground.trouble import Trouble
from bench.peers import plain
from bench.traffic import sockets
from portal.configuration import BASE_DIR

PROGRAMS = BASE_DIR / "var" / "peers" / "superset" / "bin"
CALLED = "Apache Superset's chart data"
NAME = "bench"
ANSWER_LIMIT_S = 120
MOST_ROWS = 100_000  # Superset's own SQL_MAX_ROW; sixty places have fewer days
# What it is told besides its defaults: no browser comes here, and nothing is kept outside its folder.
CONFIGURATION = """\
import os
FOLDER = os.environ["SUPERSET_HOME"]
SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{FOLDER}/superset.sqlite3"
WTF_CSRF_ENABLED = TALISMAN_ENABLED = RATELIMIT_ENABLED = False
DATA_CACHE_CONFIG = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": f"{FOLDER}/kept", "CACHE_DEFAULT_TIMEOUT": 3600}
"""
SERVER = ("gunicorn", "superset.app:create_app()", "--workers", "1", "--worker-class", "gthread", "--threads", "8")


def is_installed() -> bool:
    """Will tell whether `make superset` was run here."""
    return (PROGRAMS / "superset").exists()


def note() -> str:
    """Will say what stands beside the charts, or how it comes there."""
    if not is_installed():
        return "Apache Superset is not installed here, so its rows are missing: `make superset` installs it."
    return "Apache Superset: one gunicorn worker with eight threads too; new with force, kept in its file cache."


def body(ask: Ask, dataset: int, *, is_new: bool) -> dict[str, Any]:
    """Will give the query context of a chart's rows, as /api/v1/chart/data takes it."""
    query = {
        "columns": ["iso", "date", ask.measure.name],
        "filters": [{"col": "iso", "op": "IN", "val": list(ask.places)}],
        "metrics": [],
        "row_limit": MOST_ROWS,
    }
    source = {"id": dataset, "type": "table"}
    return {
        "datasource": source,
        "queries": [query],
        "force": is_new,
        "result_format": "json",
        "result_type": "results",
    }


class Superset:
    """One that runs, and that `client` is signed in to."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._dataset = 0
        said = {"username": NAME, "password": NAME, "provider": "db", "refresh": False}
        token = self._post("/api/v1/security/login", said).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"

    def add(self, path: Path) -> int:
        """Will make a snapshot's file known in the last one's place, and give the number of its table."""
        if self._dataset:
            # It keeps what it knows in SQLite here, where a table's name is there once.
            self._send("DELETE", f"/api/v1/dataset/{self._dataset}")
        # Without a word on threads, which it may not say to a file twice: DuckDB takes one for each core.
        address = f"duckdb:///{path}?access_mode=read_only"
        made = self._post("/api/v1/database/", {"database_name": path.stem, "sqlalchemy_uri": address})
        table = {"database": made.json()["id"], "schema": "main", "table_name": "measures"}
        self._dataset = int(self._post("/api/v1/dataset/", table).json()["id"])
        return self._dataset

    def ask(self, ask: Ask, dataset: int, *, is_new: bool) -> tuple[float, httpx.Response]:
        """Will give the milliseconds from the request to the last byte, and the answer."""
        began = perf_counter()
        answer = self._post("/api/v1/chart/data", body(ask, dataset, is_new=is_new))
        return (perf_counter() - began) * 1000, answer

    def _post(self, path: str, content: dict[str, Any]) -> httpx.Response:
        return self._send("POST", path, content)

    def _send(self, method: str, path: str, content: dict[str, Any] | None = None) -> httpx.Response:
        answer = self._client.request(method, path, json=content)
        if answer.is_error:
            raise Trouble(f"Superset's {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer


class Beside:
    """One snapshot's charts in Superset, each twice: new, and kept."""

    def __init__(self, superset: Superset, path: Path, first: Ask) -> None:
        self._superset, self._dataset = superset, superset.add(path)
        self.times: tuple[list[float], list[float]] = ([], [])
        _compare(path, first, superset.ask(first, self._dataset, is_new=True)[1])

    def ask(self, ask: Ask) -> None:
        """Will ask for a chart anew and once more, and keep the milliseconds of both."""
        for times, is_new in zip(self.times, (True, False), strict=True):
            times.append(self._superset.ask(ask, self._dataset, is_new=is_new)[0])


@contextmanager
def running() -> Iterator[Superset | None]:
    """Will run it in a folder that goes with the benchmark, and give it signed in; None where it isn't installed."""
    if not is_installed():
        yield None
        return
    folder = files.folder() / "superset"
    folder.mkdir()
    (folder / "superset_config.py").write_text(CONFIGURATION)
    environment = _environment(folder)
    _prepare(environment)
    [port] = sockets.free(1)
    command = (str(PROGRAMS / SERVER[0]), *SERVER[1:], "--preload", "--bind", f"127.0.0.1:{port}")
    with (
        site_copies.started(command, port=port, environment=environment, log=folder / "server.log"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_LIMIT_S) as client,
    ):
        yield Superset(client)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "HOME": str(folder),
        "SUPERSET_HOME": str(folder),
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "SUPERSET_SECRET_KEY": secrets.token_urlsafe(48),
        "FLASK_APP": "superset.app:create_app()",
        "SCARF_ANALYTICS": "false",
    }


def _prepare(environment: dict[str, str]) -> None:
    person = ("--username", NAME, "--firstname", NAME, "--lastname", NAME, "--email", "bench@example.org")
    for words in (("db", "upgrade"), ("fab", "create-admin", *person, "--password", NAME), ("init",)):
        command = [str(PROGRAMS / "superset"), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"`superset {words[0]}` failed: {done.stderr[-500:]}")


def _compare(path: Path, ask: Ask, answer: httpx.Response) -> None:
    """Holds its numbers against the file's own. Raises Trouble where one differs."""
    rows = answer.json()["result"][0]["data"]
    told = {(row["iso"], int(row["date"]) // 86_400_000): row[ask.measure.name] for row in rows}
    marks = ", ".join("?" for _ in ask.places)
    name = ask.measure.name
    sql = f"SELECT iso, date - DATE '1970-01-01', {name} FROM measures WHERE iso IN ({marks})"  # noqa: S608 - the catalogue's
    with plain.opened(path) as connection:
        kept = {(iso, day): value for iso, day, value in connection.execute(sql, list(ask.places)).fetchall()}
    if told != kept:
        raise Trouble(f"Superset's numbers of {name} are not the file's: {len(told)} rows beside {len(kept)}")
