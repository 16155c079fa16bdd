"""/events: the live stream, text/event-stream. Served by the ASGI process; pages without it poll."""

import asyncio
from collections.abc import AsyncIterator

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from portal.accounts.models import User
from portal.web import feed

HEARTBEAT_S = 15.0
CHECK_SESSION_EVERY = 4  # heartbeats
RETRY_MS = 2_000
MISSED = "event: missed\ndata: {}\n"


async def stream(request: HttpRequest) -> HttpResponseBase:
    """Will tell a signed-in reader what happens, from `Last-Event-ID` (or `?after=`) on."""
    if not isinstance(request, ASGIRequest):
        # A stream would hold a whole WSGI worker. The page notices and polls.
        return HttpResponse("Live updates are served by another process.", status=503, content_type="text/plain")
    key = request.session.session_key or ""
    if not await asyncio.to_thread(may_listen, key):
        return HttpResponse("Sign in first.", status=401, content_type="text/plain")
    messages = listen(after=after_of(request), session_key=key)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(messages, content_type="text/event-stream", headers=headers)


def after_of(request: HttpRequest) -> int | None:
    """Will say after which sequence the reader wants to be told; a reconnect's header beats the address."""
    text = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def may_listen(session_key: str) -> bool:
    """Will tell whether the session is still that of somebody who may sign in; frees its connection."""
    if not session_key:
        return False
    asked = HttpRequest()
    asked.session = SessionStore(session_key)
    try:
        user = get_user(asked)
        return isinstance(user, User) and user.is_active
    finally:
        connections.close_all()


async def listen(*, after: int | None, session_key: str, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[str]:
    """Will give the stream's text until the reader leaves, falls behind or signs out."""
    yield f"retry: {RETRY_MS}\n\n"
    async with feed.here().listen() as listener:
        last = await asyncio.to_thread(feed.read_end) if after is None else after
        replay, last = await _replay(last)
        for text in replay:
            yield text
        async for text in live(listener, last, session_key, heartbeat_s):
            yield text


async def _replay(last: int) -> tuple[list[str], int]:
    found = await asyncio.to_thread(feed.read_after, last)
    if len(found) < feed.MOST_AT_ONCE:
        return [news.message for news in found], found[-1].sequence if found else last
    # Too much to tell one by one: every panel looks again.
    end = await asyncio.to_thread(feed.read_end)
    return [f"{MISSED}id: {end}\n\n"], end


async def live(listener: feed.Listener, last: int, session_key: str, heartbeat_s: float) -> AsyncIterator[str]:
    """Will give what the listener is told, a beat now and then, and end when the listener missed something."""
    beats = 0
    while not listener.has_missed:
        try:
            news = await asyncio.wait_for(listener.queue.get(), heartbeat_s)
        except TimeoutError:
            yield ": still here\n\n"
        else:
            if news.sequence > last:
                last = news.sequence
                yield news.message
            continue
        beats += 1
        if beats % CHECK_SESSION_EVERY == 0 and not await asyncio.to_thread(may_listen, session_key):
            return
