"""System checks: what is wrong with this installation, with a hint. `manage.py check --deploy` runs all of them."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import DatabaseError, connection

LEAST_KEY_LENGTH = 50
# API reference, GenerateEmbedUrlForRegisteredUser, AllowedDomains.
MOST_DOMAINS = 3


@register(Tags.security)
def hosts(**_: Any) -> Sequence[CheckMessage]:
    """Will refuse to answer every host name outside debugging."""
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        return [
            Error(
                "PORTAL_ALLOWED_HOSTS answers every host name.",
                hint="Name the hosts that people use, with commas between them.",
                id="portal.E001",
            )
        ]
    return []


@register(Tags.security)
def keys(**_: Any) -> Sequence[CheckMessage]:
    """Will refuse keys that are too short."""
    return [
        Error(
            f"{setting} is shorter than {LEAST_KEY_LENGTH} characters.",
            hint="Leave it out, and a long one is made and kept in the state folder.",
            id="portal.E002",
        )
        for setting, key in (("PORTAL_SECRET_KEY", settings.SECRET_KEY), ("PORTAL_LEDGER_KEY", settings.LEDGER_KEY))
        if len(key) < LEAST_KEY_LENGTH
    ]


@register
def redis_address(**_: Any) -> Sequence[CheckMessage]:
    """Will refuse an address of Redis that its client can't use."""
    try:
        parts = urlsplit(settings.REDIS_URL)
        is_good = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if is_good:
        return []
    return [
        Error(
            "PORTAL_REDIS_URL is no address of a Redis.",
            hint="It reads redis://:password@host:port/0, or rediss:// over TLS. Empty is the one `make run` starts.",
            id="portal.E003",
        )
    ]


@register
def state_folder(**_: Any) -> Sequence[CheckMessage]:
    """Will refuse a state folder that can't be written, and warn of one that others can read."""
    folder: Path = settings.STATE_DIR
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return [
            Error(
                "The state folder is missing or can't be written.",
                hint="Make the folder that PORTAL_STATE_DIR names, owned by the user who runs Verdigris.",
                id="portal.E004",
            )
        ]
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return [
            Warning(
                "Other users of this machine can look into the state folder.",
                hint="chmod 700 it; `make run` does so by itself.",
                id="portal.W001",
            )
        ]
    return []


@register(Tags.database)
def database(*, databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """Will ask the database, and whether SQLite lets readers and a writer work side by side."""
    if not databases or "default" not in databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode" if connection.vendor == "sqlite" else "SELECT 'wal'")
            (mode,) = cursor.fetchone()
    except DatabaseError as error:
        return [
            Error(
                f"The database does not answer ({type(error).__name__}).",
                hint="Start it, or correct DATABASE_URL; empty is SQLite in the state folder.",
                id="portal.E005",
            )
        ]
    # Tests keep SQLite in memory, which has no other mode.
    if mode not in {"wal", "memory"}:
        return [
            Warning(
                f"SQLite's journal is {mode}: writers and readers wait for each other.",
                hint="Put the state folder on a local disk; network folders can't hold a WAL.",
                id="portal.W002",
            )
        ]
    return []


@register(deploy=True)
def static_files(**_: Any) -> Sequence[CheckMessage]:
    """Will warn while pages would come without their style."""
    collected = settings.STATIC_ROOT
    if settings.DEBUG or collected is None or (Path(collected) / "staticfiles.json").exists():
        return []
    return [
        Warning(
            "The static files are not collected, so every page would fail.",
            hint="Run manage.py collectstatic; `make run` does so by itself.",
            id="portal.W003",
        )
    ]


@register
def quicksight(**_: Any) -> Sequence[CheckMessage]:
    """Will refuse a QuickSight that half is said of."""
    known = settings.CONFIGURATION
    if not known.quicksight_region:
        return []
    who: dict[str, object] = {"ROWS": known.quicksight_rows}
    if known.quicksight_identity == "registered":
        who = {"READER_ROLE_ARN": known.quicksight_reader_role_arn}
    needed = {"ACCOUNT": known.quicksight_account, "DASHBOARDS": known.quicksight_dashboards, **who}
    missing = [f"PORTAL_QUICKSIGHT_{name}" for name, value in needed.items() if not value]
    if len(known.quicksight_domains.split(",")) > MOST_DOMAINS:
        missing.append("a PORTAL_QUICKSIGHT_DOMAINS of at most three")
    return [
        Error(
            f"PORTAL_QUICKSIGHT_REGION is set, and {one} is missing.",
            hint="docs/dashboards.md says what each is; without the region the portal draws its own dashboards.",
            id="portal.E006",
        )
        for one in missing
    ]


@register(deploy=True)
def https(**_: Any) -> Sequence[CheckMessage]:
    """Will warn where people come from elsewhere without HTTPS: then the silenced warnings of Django count."""
    configuration = settings.CONFIGURATION
    if configuration.is_https or configuration.host in {"127.0.0.1", "::1", "localhost"}:
        return []
    return [
        Warning(
            "People reach the portal from other machines without HTTPS: passwords and sessions travel in the open.",
            hint="Put TLS in front of HAProxy and set PORTAL_IS_HTTPS=1, or set PORTAL_HOST=127.0.0.1.",
            id="portal.W004",
        )
    ]
