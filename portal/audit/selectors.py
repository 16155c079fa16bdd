"""Reads of the ledger that stay fast with millions of rows: by an index, a page at a time, counting nothing."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from portal.audit.models import Event, Head

PAGE = 50
# A search that no single index answers looks at this many rows at a time.
WINDOW = 20_000
CHUNK = 2_000
COLUMNS = tuple(field.attname for field in Event._meta.concrete_fields)  # noqa: SLF001 - Django documents it


@dataclass(frozen=True)
class Filters:
    """What is looked for; empty means all. `text` is found anywhere in the sentence."""

    actor: str = ""
    verb: str = ""
    service: str = ""
    environment: str = ""
    rollout_id: int | None = None
    text: str = ""

    @property
    def exact(self) -> dict[str, str | int]:
        return {
            field.name: value
            for field in fields(self)
            if field.name != "text" and (value := getattr(self, field.name)) not in ("", None)
        }

    @property
    def is_one_index(self) -> bool:
        """Will tell whether one index gives the matches in order."""
        return not self.text and set(self.exact) in (
            set(),
            {"actor"},
            {"verb"},
            {"service", "environment"},
            {"rollout_id"},
        )

    @property
    def is_any(self) -> bool:
        return bool(self.exact or self.text)


@dataclass(frozen=True)
class Page:
    """Newest first. `before` goes on from here, None at the ledger's beginning.

    `looked_back_to` is where a search stopped that looks at a window of rows at a time.
    """

    events: list[Event]
    before: int | None
    looked_back_to: int | None = None


def matching(filters: Filters) -> QuerySet[Event]:
    """Will give the events that match, by the index of what is looked for."""
    return Event.objects.filter(**filters.exact)


def _matching_within(filters: Filters, *, low: int, high: int) -> QuerySet[Event]:
    """The matches with `low` <= sequence < `high`, found by walking those rows and no others.

    Each column stands inside an expression, so that no database takes its index and sorts all that it finds there.
    """
    rows = Event.objects.filter(sequence__gte=low, sequence__lt=high)
    for name, value in filters.exact.items():
        empty = Value(0 if isinstance(value, int) else "")
        rows = rows.annotate(**{f"the_{name}": Coalesce(F(name), empty)}).filter(**{f"the_{name}": value})
    return rows.filter(sentence__icontains=filters.text) if filters.text else rows


def page(filters: Filters, *, before: int | None = None, size: int = PAGE, window: int = WINDOW) -> Page:
    """Will give the next matches before a sequence, or the newest."""
    if filters.is_one_index:
        rows = matching(filters).order_by("-sequence")
        return _whole(rows if before is None else rows.filter(sequence__lt=before), size)
    top = end() + 1 if before is None else before
    floor = max(top - window, 0)
    found = _whole(_matching_within(filters, low=floor, high=top).order_by("-sequence"), size)
    if found.before is not None or floor <= 1:
        return found
    return Page(found.events, floor, floor)


def _whole(rows: QuerySet[Event], size: int) -> Page:
    found = list(rows[: size + 1])
    return Page(found[:size], found[size - 1].sequence if len(found) > size else None)


def last(*, rollout_id: int, to_state: str) -> Event | None:
    """Will give the newest event by which the rollout came to a state; None where it never did."""
    return matching(Filters(rollout_id=rollout_id)).filter(to_state=to_state).order_by("-sequence").first()


def end() -> int:
    """Will give the newest sequence."""
    return Head.objects.values_list("sequence", flat=True).get(pk=1)


def export(filters: Filters, *, chunk: int = CHUNK) -> Iterator[Event]:
    """Will walk all matches, oldest first, a chunk at a time, up to what the ledger ends with now."""
    stop = end() + 1
    for low in range(1, stop, chunk):
        yield from _matching_within(filters, low=low, high=min(low + chunk, stop)).order_by("sequence")


class _Line:
    """What the csv module writes to: gives the line back."""

    def write(self, text: str) -> str:
        return text


def as_csv(events: Iterator[Event]) -> Iterator[str]:
    """Will write events as CSV. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in events:
        yield writer.writerow([_harmless(value) for value in _values(event)])


def as_json_lines(events: Iterator[Event]) -> Iterator[str]:
    """Will write events as JSON, one to a line, with their seals, so that the chain can be checked elsewhere."""
    for event in events:
        yield json.dumps(dict(zip(COLUMNS, _values(event), strict=True)), ensure_ascii=False) + "\n"


def _values(event: Event) -> list[str | int | None]:
    return [event.at.isoformat() if name == "at" else getattr(event, name) for name in COLUMNS]


def _harmless(value: str | int | None) -> str | int | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
