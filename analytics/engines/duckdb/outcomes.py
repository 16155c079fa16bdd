"""How a run ended, in sentences: what happened, what holds now, what to do."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from analytics.engines import base
from analytics.engines.base import Column, Limits, RunStatus, State
from analytics.engines.duckdb.sandbox.folder import Status
from analytics.engines.duckdb.sandbox.order import Order

_NOTHING = "It was ended, and nothing of its result is kept."
_MEND = "Nothing else is affected. Mend the query, then run it again."
_SENTENCES: Mapping[str, Callable[[Order], str]] = MappingProxyType(
    {
        base.OVER_TIME: lambda order: (
            f"The query took more than {order.wall_s:g} s, the most that one may. {_NOTHING} Let it read fewer rows or "
            "join less."
        ),
        base.OVER_CPU: lambda order: (
            f"The query used the processors for more than {order.cpu_s} s, the most that one may. {_NOTHING} Let it "
            "compute less."
        ),
        base.OVER_MEMORY: lambda order: (
            f"The query needed more than {order.memory_bytes / 1e6:,.0f} MB of memory, the most that one may. "
            f"{_NOTHING} Filter before joining or sorting, or aggregate."
        ),
        base.OVER_ROWS: lambda order: base.over_limit(base.OVER_ROWS, _limits(order)),
        base.OVER_BYTES: lambda order: base.over_limit(base.OVER_BYTES, _limits(order)),
        "engine-crashed": lambda _: (
            "The query brought its engine down. The engine ran nothing else, and nothing of the result is kept. "
            "Write the query in another way."
        ),
        "no-snapshot": lambda _: (
            "A snapshot that the query reads is no longer there. Nothing was read. Run the query again, on the "
            "snapshot that serves now."
        ),
        "engine": lambda _: (
            f"The engine failed before it ran the query. {_NOTHING} Run it again, or tell who runs this."
        ),
    }
)


def status_of(status: Status, order: Order, columns: tuple[Column, ...] = ()) -> RunStatus:
    """Will say where a run is."""
    return RunStatus(
        State(status.state),
        columns,
        rows=status.rows,
        bytes_scanned=status.bytes_read,
        queued_ms=status.queued_ms,
        ran_ms=status.ran_ms,
        code=status.code,
        message=_sentence(status, order) if status.code else "",
    )


def _sentence(status: Status, order: Order) -> str:
    if status.code in _SENTENCES:
        return _SENTENCES[status.code](order)
    return f"{status.message.rstrip('.')}. {_MEND}" if status.code.startswith("sql-") else status.message


def _limits(order: Order) -> Limits:
    return Limits(order.wall_s, order.cpu_s, order.memory_bytes, order.rows, order.result_bytes)
