"""The live stream: who may listen, what is replayed, and that nothing is lost or told twice."""

import asyncio

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import AsyncClient, Client, override_settings

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from portal.web import events, feed
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def write(number, **known):
    with transaction.atomic():
        for _ in range(number):
            ledger.append(ledger.Entry(**{"verb": "start", **known}), by=MACHINE, now=NOW)
    # Other threads of this test share its database in memory: an open cursor would lock them out.
    connection.close()


@pytest.fixture
def session_key():
    client = Client()
    client.force_login(factories.user())
    return client.session.session_key


async def take(stream, number):
    found = []
    async with asyncio.timeout(10):
        async for text in stream:
            found.append(text)
            if len(found) == number:
                break
    await stream.aclose()
    return found


def listen(number, *, after, session_key):
    return asyncio.run(take(events.listen(after=after, session_key=session_key), number))


def test_what_was_missed_is_replayed_in_order(session_key):
    write(3, service="shop", environment="production", rollout_id=7)
    hello, *told = listen(3, after=1, session_key=session_key)
    assert hello.startswith("retry:")
    assert [text.rpartition("id: ")[2].strip() for text in told] == ["2", "3"]
    assert "event: changed\n" in told[0]
    assert "event: rollout-7\n" in told[0]
    assert "event: environment-shop-production\n" in told[0]
    assert '"verb": "start"' in told[0]


def test_too_much_to_replay_is_told_as_one(session_key):
    write(feed.MOST_AT_ONCE + 5)
    end = feed.MOST_AT_ONCE + 5
    assert listen(2, after=1, session_key=session_key)[1] == f"event: missed\ndata: {{}}\nid: {end}\n\n"


def test_what_happens_while_one_listens_is_told_once(session_key):
    write(1)

    async def both():
        stream = events.listen(after=0, session_key=session_key)
        first = [await anext(stream), await anext(stream)]
        await asyncio.to_thread(write, 1, rollout_id=9)
        async with asyncio.timeout(20):
            second = await anext(stream)
        await stream.aclose()
        return first, second

    first, second = asyncio.run(both())
    assert first[1].endswith("id: 1\n\n")
    assert second.endswith("id: 2\n\n")


def test_a_quiet_stream_beats_and_ends_with_its_session(session_key):
    Session.objects.all().delete()
    connection.close()
    stream = events.listen(after=0, session_key=session_key, heartbeat_s=0.01)
    told = asyncio.run(take(stream, 99))
    assert told[1:] == [": still here\n\n"] * events.CHECK_SESSION_EVERY


def test_a_reader_who_falls_behind_is_let_go_and_told_the_rest_when_it_comes_back(session_key):

    async def behind():
        listener = feed.Listener()
        for sequence in range(1, feed.MOST_WAITING + 2):
            listener.tell(feed.News(sequence, "start", "", "", None))
        return listener, [text async for text in events.live(listener, 0, session_key, 1.0)]

    listener, told = asyncio.run(behind())
    assert listener.has_missed
    assert told == []


def test_only_a_live_session_listens(session_key, settings):
    assert events.may_listen(session_key)
    assert not events.may_listen("")
    assert not events.may_listen("unknown")
    type(factories.user()).objects.update(is_active=False)
    assert not events.may_listen(session_key)


@override_settings(ROOT_URLCONF="portal.web.urls")
def test_strangers_get_401():
    answer = asyncio.run(AsyncClient().get("/events"))
    assert answer.status_code == 401


@override_settings(ROOT_URLCONF="portal.web.urls")
def test_a_worker_that_can_not_stream_says_so_at_once():
    assert Client().get("/events").status_code == 503


@pytest.mark.parametrize(
    ("header", "query", "after"),
    [("5", "3", 5), (None, "3", 3), (None, None, None), ("x", None, None), ("²", None, None), ("9" * 30, None, None)],
)
def test_the_header_of_a_reconnect_beats_the_address(rf, header, query, after):
    headers = {"Last-Event-ID": header} if header else {}
    request = rf.get("/events", {"after": query} if query else {}, headers=headers)
    assert events.after_of(request) == after
