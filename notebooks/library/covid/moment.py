"""The moment whose knowledge is asked for: today's, unless a notebook says another."""

from contextvars import ContextVar
from datetime import date, datetime
from types import TracebackType

from .problems import CovidError

_day: ContextVar[date | None] = ContextVar("covid_as_of", default=None)


def day() -> date | None:
    """Will give the day whose snapshots are read; None reads those that serve."""
    return _day.get()


class as_of:  # noqa: N801 - reads as a word of the language: `with covid.as_of("2020-10-01"):`
    """Will let everything after it read what was known on that day; None goes back to what serves now.

    As a setting it holds until it is set again; in a `with` it holds for the block. Each dataset's newest snapshot
    that was known by the end of that day (UTC) is read, and every answer names it. Raises CovidError for no date.
    """

    def __init__(self, when: str | date | None) -> None:
        self._token = _day.set(_read(when))

    def __enter__(self) -> "as_of":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _day.reset(self._token)

    def __repr__(self) -> str:
        now = day()
        return f"Reads what was known on {now}." if now else "Reads what serves now."


def _read(when: str | date | None) -> date | None:
    if isinstance(when, datetime):
        return when.date()
    if when is None or isinstance(when, date):
        return when
    try:
        return date.fromisoformat(when)
    except ValueError:
        raise CovidError(f"{when!r} is no date. The moment is as it was. Write it as 2020-10-01.") from None
