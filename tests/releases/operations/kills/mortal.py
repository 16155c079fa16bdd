"""A process that dies once it has changed something: after a call to AWS that does something, or after a commit.

What a dead process leaves behind is what AWS did for it and what it committed. So dying before a change, around a look
or anywhere else leaves what dying after the change before it leaves: to die after each change is to die everywhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tests.killing import Killed

WRITES = ("INSERT", "UPDATE", "DELETE")
LOOKS = ("Get", "List", "Describe", "BatchGet", "Simulate")


@dataclass
class Mortal:
    """Dies after its change with the number `at`, counted from 1; at 0 it lives on. `changes` names those it made.

    Once it is dead nothing of it runs any more, its `finally` blocks neither: whatever they write or call is refused.
    """

    at: int = 0
    changes: list[str] = field(default_factory=list)
    is_dead: bool = False

    def do(self, act: Callable[[], object]) -> bool:
        """Will do `act`, and say whether the process lived to its end."""
        try:
            with self._alive():
                act()
        except Killed:
            return False
        return True

    def breathe(self) -> None:
        """Will raise Killed where the process is dead."""
        if self.is_dead:
            raise Killed

    def change(self, name: str) -> None:
        """Will count a change, and die of it when its number has come. Raises Killed."""
        self.changes.append(name)
        self.is_dead = len(self.changes) == self.at
        self.breathe()

    @contextmanager
    def _alive(self) -> Iterator[None]:
        commit = connection.commit

        def mortal_commit() -> None:
            self.breathe()
            commit()
            try:
                self.change("COMMIT")
            except Killed:
                # What was to happen after it does not happen any more.
                connection.run_on_commit.clear()
                raise

        connection.commit = mortal_commit
        try:
            with connection.execute_wrapper(self._around_statement):
                yield
        finally:
            del connection.commit

    def _around_statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # What Django does to undo a transaction is what a database does by itself when its client dies.
        if not sql.startswith("ROLLBACK"):
            self.breathe()
        done = execute(sql, params, many, context)
        if sql.startswith(WRITES) and not connection.in_atomic_block:
            self.change(sql.split(maxsplit=1)[0])
        return done


@dataclass
class Bodies:
    """Lets whichever process runs now breathe and change at the calls of every client that is watched."""

    now: Mortal = field(default_factory=Mortal)
    _watched: set[int] = field(default_factory=set)

    def watch(self, client: Any) -> Any:
        """Will have the calls of `client` be those of the process that runs, and give it."""
        if id(client) not in self._watched:
            self._watched.add(id(client))
            client.meta.events.register("before-send", self._before)
            client.meta.events.register("after-call", self._after)
        return client

    def _before(self, **_: Any) -> None:
        self.now.breathe()

    def _after(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(LOOKS):
            self.now.change(model.name)
