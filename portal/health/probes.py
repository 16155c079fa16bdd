"""One look at each part that Verdigris needs. Every probe is short and says in a sentence what it found."""

import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from redis import RedisError

from portal import runtime_paths
from portal.health import heartbeat

SOCKET_LIMIT_S = 1.0
LEAST_FREE_BYTES = 200 * 1024 * 1024


class State(StrEnum):
    """How a part does."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"  # it can't be asked while something else is down
    UNUSED = "unused"  # not a part of this installation


@dataclass(frozen=True)
class Finding:
    """What a probe saw."""

    state: State
    sentence: str

    @property
    def is_well(self) -> bool:
        return self.state in {State.UP, State.UNUSED}


def database() -> Finding:
    """Will ask the database for a number."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return Finding(State.DOWN, f"The database does not answer: {type(error).__name__}.")
    return Finding(State.UP, f"{connection.display_name} answers.")


def migrations() -> Finding:
    """Will compare the migrations that the code has with those that the database has."""
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError as error:
        return Finding(State.UNKNOWN, f"The database does not say which migrations it has: {type(error).__name__}.")
    missing = len(_migrations_of_the_code() - set(applied))
    if missing:
        return Finding(State.DOWN, f"{missing} migrations are not applied. Run manage.py migrate.")
    return Finding(State.UP, "Every migration is applied.")


@cache
def _migrations_of_the_code() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None)
    return frozenset(loader.disk_migrations)


def queue() -> Finding:
    """Will ping Redis."""
    try:
        heartbeat.client().ping()
    except RedisError as error:
        return Finding(
            State.DOWN,
            f"Redis does not answer ({type(error).__name__}). Traffic stays as it is; a rollback works without it.",
        )
    return Finding(State.UP, "Redis answers.")


def worker() -> Finding:
    """Will tell from the last tick, and from what waits in the queue, whether a worker takes its work."""
    try:
        age = heartbeat.age_s()
        if heartbeat.is_fresh(age):
            return Finding(State.UP, "A worker has done a tick in time.")
        waiting = int(str(heartbeat.client().llen("rollouts")))
    except RedisError:
        return Finding(State.UNKNOWN, "Whether a worker is there can't be told while Redis does not answer.")
    if waiting:
        return Finding(State.DOWN, f"{_last(age)} {waiting} ticks wait in the queue and no worker takes them.")
    return Finding(State.UNKNOWN, f"{_last(age)} The queue is empty, so a worker would have nothing to do.")


def beat() -> Finding:
    """Will tell from the last tick, and from what waits in the queue, whether ticks are sent."""
    try:
        age = heartbeat.age_s()
        if heartbeat.is_fresh(age):
            return Finding(State.UP, "Ticks are sent in time.")
        waiting = int(str(heartbeat.client().llen("rollouts")))
    except RedisError:
        return Finding(State.UNKNOWN, "Whether ticks are sent can't be told while Redis does not answer.")
    if waiting:
        return Finding(State.UP, "Ticks are sent; they wait in the queue.")
    return Finding(State.DOWN, f"{_last(age)} None is in the queue: celery beat does not send them.")


def _last(age: float | None) -> str:
    return "No tick has been done yet." if age is None else f"The last tick was done {age:.0f} s ago."


def proxy() -> Finding:
    """Will ask HAProxy for its uptime, where the stack runs one."""
    path = runtime_paths.haproxy_socket(settings.STATE_DIR)
    if not (runtime_paths.run_folder(settings.STATE_DIR) / "haproxy.cfg").exists():
        return Finding(State.UNUSED, "No HAProxy belongs to this installation.")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(SOCKET_LIMIT_S)
            client.connect(str(path))
            client.sendall(b"show info\n")
            answer = client.recv(4096)
    except OSError as error:
        return Finding(State.DOWN, f"HAProxy's socket does not answer ({error.strerror or type(error).__name__}).")
    if not answer.startswith(b"Name: HAProxy"):
        return Finding(State.DOWN, "HAProxy's socket answers something that can't be read.")
    return Finding(State.UP, "HAProxy answers.")


def disk() -> Finding:
    """Will look at the space that is left for the state folder."""
    try:
        free = shutil.disk_usage(settings.STATE_DIR).free
    except OSError as error:
        return Finding(State.DOWN, f"The state folder can't be read ({error.strerror}).")
    megabytes = free // (1024 * 1024)
    if free < LEAST_FREE_BYTES:
        return Finding(State.DOWN, f"Only {megabytes} MB are left on the state folder's disk. Make room.")
    return Finding(State.UP, f"{megabytes} MB are left on the state folder's disk.")


ALL: Mapping[str, Callable[[], Finding]] = {
    "database": database,
    "migrations": migrations,
    "queue": queue,
    "worker": worker,
    "beat": beat,
    "proxy": proxy,
    "disk": disk,
}
