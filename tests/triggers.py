"""Lifts the ledger's triggers for the flush that ends a test with real transactions, and puts them back."""

from importlib import import_module
from typing import Any

append_only = import_module("portal.audit.migrations.0002_append_only")


class _Editor:
    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)


def are_on(connection: Any) -> bool:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type='trigger' AND name LIKE 'audit_event_no_%'")
        else:
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = 'audit_event_no_change'")
        return bool(cursor.fetchone()[0])


def put(connection: Any) -> None:
    if not are_on(connection):
        append_only.put_triggers(_Editor(connection))


def lift(connection: Any) -> None:
    if are_on(connection):
        append_only.lift_triggers(_Editor(connection))
