"""What happens, live: one reader of the ledger per process, and a queue for everybody who listens.

The ledger is the truth. Nothing here is told that something happened; it looks.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from django.db import Error, connections

from portal.audit.models import Event, Head

LOOK_EVERY_S = 0.3
AFTER_TROUBLE_S = 3.0
MOST_AT_ONCE = 500
MOST_WAITING = 1_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """One event of the ledger, as far as a page cares: a hint that it should look again."""

    sequence: int
    verb: str
    service: str
    environment: str
    rollout_id: int | None

    @property
    def topics(self) -> tuple[str, ...]:
        found = ["changed"]
        if self.environment:
            found.append(f"environment-{self.service}-{self.environment}")
        if self.rollout_id is not None:
            found.append(f"rollout-{self.rollout_id}")
        return tuple(found)

    @property
    def message(self) -> str:
        """The event as text/event-stream. Its id comes last: a break in the middle repeats it rather than loses it."""
        data = json.dumps(
            {
                "rollout": self.rollout_id,
                "service": self.service,
                "environment": self.environment,
                "verb": self.verb,
            }
        )
        *first, last = [f"event: {topic}\ndata: {data}\n" for topic in self.topics]
        return "".join(f"{part}\n" for part in first) + f"{last}id: {self.sequence}\n\n"


def read_after(sequence: int) -> list[News]:
    """Will give the ledger's next events after `sequence`, MOST_AT_ONCE at most; frees its connection."""
    fields = ("sequence", "verb", "service", "environment", "rollout_id")
    try:
        rows = Event.objects.filter(sequence__gt=sequence).order_by("sequence").values_list(*fields)
        return [News(*row) for row in rows[:MOST_AT_ONCE]]
    finally:
        # Whoever listens does so for hours: no connection may wait with them.
        connections.close_all()


def read_end() -> int:
    """Will give the sequence that the ledger ends with; frees its connection."""
    try:
        return Head.objects.values_list("sequence", flat=True).get(pk=1)
    finally:
        connections.close_all()


class Listener:
    """One reader's queue. Once it `has_missed` something it must go, and come back to be told what."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[News] = asyncio.Queue(MOST_WAITING)
        self.has_missed = False

    def tell(self, news: News) -> None:
        if self.queue.full():
            self.has_missed = True
        else:
            self.queue.put_nowait(news)


class Feed:
    """The one reader of this process's event loop. It reads while somebody listens."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._reader: asyncio.Task[None] | None = None
        self._began = asyncio.Event()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Listener]:
        """Will give a listener that is told everything from now on."""
        listener = Listener()
        self._listeners.add(listener)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        await self._began.wait()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._reader is not None:
                self._began.clear()
                self._reader.cancel()
                self._reader = None

    async def _read(self) -> None:
        last: int | None = None
        while True:
            found: list[News] = []
            pause = LOOK_EVERY_S
            try:
                if last is None:
                    last = await asyncio.to_thread(read_end)
                    self._began.set()
                found = await asyncio.to_thread(read_after, last)
            except Error:
                # The pages poll meanwhile, and nothing is lost: reading goes on after `last`.
                log.warning("The ledger could not be read for live updates; trying again.", exc_info=True)
                pause = AFTER_TROUBLE_S
            for news in found:
                last = news.sequence
                for listener in self._listeners:
                    listener.tell(news)
            if len(found) < MOST_AT_ONCE:
                await asyncio.sleep(pause)


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = WeakKeyDictionary()


def here() -> Feed:
    """Will give the feed of the running event loop."""
    return _feeds.setdefault(asyncio.get_running_loop(), Feed())
