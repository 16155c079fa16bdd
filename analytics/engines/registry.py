"""Finds the engine by its name; the only place where settings meet engines."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from analytics.engines import athena, duckdb, memory
from analytics.engines.athena.engine import AthenaEngine
from analytics.engines.base import Engine, Limits, QueryError
from analytics.engines.duckdb.engine import DuckDBEngine
from portal import aws


def engine_for(name: str = "") -> Engine:
    """Will give the engine of that name, the default one for "". Raises QueryError, permanent, for an unknown one."""
    return _made(name_of(name), repr(settings.CONFIGURATION), settings.STATE_DIR)


def name_of(name: str) -> str:
    """Will give the name that is meant, the default one for "". Raises QueryError, permanent, for an unknown one."""
    found = name or settings.CONFIGURATION.query_engine
    if found not in MAKERS:
        message = f"There is no engine {found!r}. Nothing was run. There are {', '.join(MAKERS)}."
        raise QueryError("engine-unknown", message)
    return str(found)


def limits() -> Limits:
    """Will give what one query may use here."""
    configuration = settings.CONFIGURATION
    return Limits(
        wall_s=configuration.query_limit_s,
        cpu_s=round(2 * configuration.query_limit_s),
        memory_bytes=configuration.query_memory_mb * 1_000_000,
        rows=configuration.query_rows,
        result_bytes=configuration.query_result_mb * 1_000_000,
    )


@cache
def _made(name: str, configuration: str, state_dir: Path) -> Engine:  # noqa: ARG001 - other settings, another engine
    # One for each process: the embedded engine keeps a process ready.
    return MAKERS[name]()


def _duckdb() -> Engine:
    return DuckDBEngine(
        duckdb.engine.Config(
            lake=settings.STATE_DIR / "lake",
            results=settings.STATE_DIR / "results",
            slots=settings.CONFIGURATION.query_slots,
            threads=settings.CONFIGURATION.query_threads,
            has_spare=settings.CONFIGURATION.query_has_spare,
        )
    )


def _athena() -> Engine:
    config = athena.config.Config(
        region=settings.CONFIGURATION.athena_region,
        workgroup=settings.CONFIGURATION.athena_workgroup,
        results=settings.CONFIGURATION.athena_results,
        reuse_minutes=settings.CONFIGURATION.athena_reuse_minutes,
        price_usd_per_tb=settings.CONFIGURATION.athena_price_usd_per_tb,
    )

    def door(person: str) -> aws.Door:
        access = aws.Access(
            settings.CONFIGURATION.athena_region,
            settings.CONFIGURATION.athena_role_arn,
            settings.CONFIGURATION.athena_external_id,
            session=person,
        )
        return aws.Door(access)

    return AthenaEngine(config, door)


def _memory() -> Engine:
    return memory.ENGINE


MAKERS: Mapping[str, Callable[[], Engine]] = MappingProxyType({"duckdb": _duckdb, "athena": _athena, "memory": _memory})
