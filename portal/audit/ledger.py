"""The append-only ledger: each row is sealed together with the seal of the row before it.

The seal is an HMAC-SHA-256 with PORTAL_LEDGER_KEY, so who can write to the database alone can't forge a chain.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from django.conf import settings

from portal.accounts.actors import Actor
from portal.audit.models import Event, Head

CHUNK = 2_000


@dataclass(frozen=True)
class Entry:
    """What happened, without its place in the chain."""

    verb: str
    service: str = ""
    environment: str = ""
    release: str = ""
    rollout_id: int | None = None
    from_state: str = ""
    to_state: str = ""
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class Fault:
    """A place where the ledger is not as it was written."""

    sequence: int
    sentence: str


def append(entry: Entry, *, by: Actor, now: datetime) -> Event:
    """Will write one event at the end of the ledger, in the caller's transaction.

    Raises TransactionManagementError outside a transaction: an event stands or falls with what it tells of.
    """
    head = Head.objects.select_for_update().get(pk=1)
    event = Event(
        sequence=head.sequence + 1,
        at=now,
        actor=by.name,
        actor_kind=by.kind.value,
        actor_user_id=by.user_id,
        previous_seal=head.seal,
        **{field.name: getattr(entry, field.name) for field in fields(Entry)},
    )
    event.seal = seal_of(event)
    event.save(force_insert=True)
    Head.objects.filter(pk=1).update(sequence=event.sequence, seal=event.seal)
    return event


def seal_of(event: Event) -> str:
    """Will give the seal of a row: everything in it and the seal before it."""
    columns = Event._meta.concrete_fields  # noqa: SLF001 - Django's documented way to a model's fields
    content = {column.attname: getattr(event, column.attname) for column in columns if column.attname != "seal"}
    text = json.dumps({**content, "at": event.at.timestamp()}, sort_keys=True, separators=(",", ":"))
    return hmac.new(settings.LEDGER_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def verify() -> Iterator[Fault]:
    """Will walk the whole ledger and name every row that was edited, removed or put in another order.

    Nothing is locked: a million rows take half a minute, and a rollback waits for nobody. What is appended meanwhile
    is left for the next time.
    """
    head = Head.objects.get(pk=1)
    sequence, seal = 0, ""
    for event in Event.objects.filter(sequence__lte=head.sequence).order_by("sequence").iterator(chunk_size=CHUNK):
        if event.sequence != sequence + 1:
            yield Fault(sequence + 1, f"Rows {sequence + 1} to {event.sequence - 1} were removed.")
        elif event.previous_seal != seal:
            yield Fault(event.sequence, f"Row {event.sequence} does not follow row {sequence}: edited or reordered.")
        if event.seal != seal_of(event):
            yield Fault(event.sequence, f"Row {event.sequence} ({event.verb} by {event.actor}) was edited.")
        sequence, seal = event.sequence, event.seal
    if head.sequence != sequence:
        yield Fault(sequence + 1, f"Rows {sequence + 1} to {head.sequence} were removed from the end.")
    elif head.seal != seal:
        yield Fault(sequence, f"Row {sequence} is not the one that the ledger ended with.")
    yield from _past_the_end()


def _past_the_end() -> Iterator[Fault]:
    # The rows first, then the head: every honest writer has moved the head by then.
    newest = Event.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    end = Head.objects.values_list("sequence", flat=True).get(pk=1)
    if newest > end:
        yield Fault(end + 1, f"Rows {end + 1} to {newest} were added past the end.")
