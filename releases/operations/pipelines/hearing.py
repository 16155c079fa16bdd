"""Hears notices: over SQS, and from SNS over HTTPS. What is heard makes a row due, and nothing else."""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from releases.models import Heard, PipelineLink, SetAside
from releases.operations.pipelines import links
from releases.pipelines import registry, signatures
from releases.pipelines.base import Mailbox, Notice, PipelineError
from releases.rules.pipelines import envelopes, notices
from releases.rules.pipelines.envelopes import Envelope, Kind

MOST_ROUNDS = 5
MOST_TIMES = 10
MOST_SET_ASIDE = 200
FORGOTTEN_AFTER = timedelta(hours=3)  # longer than a message is believed
log = logging.getLogger(__name__)


def hear_queues(*, now: datetime) -> None:
    """Will hear every queue that a pipeline names. One that doesn't answer keeps none of the others waiting long."""
    rows = PipelineLink.objects.exclude(queue_url="").order_by("queue_url", "pk")
    by_queue = {(row.kind, row.region, row.role_arn, row.queue_url): row for row in rows}
    for row in by_queue.values():
        try:
            hear(links.mailbox_of(row), row.queue_url, now=now)
        except PipelineError as error:
            log.warning("the notices of %s could not be heard, the poll finds what they tell: %s", row.queue_url, error)


def hear(mailbox: Mailbox, source: str, *, now: datetime) -> int:
    """Will hear what waits in a mailbox and give how many notices that was.

    A notice is deleted after its effect is committed; one that can't be read is set aside, and blocks nobody.
    Raises PipelineError as the mailbox does.
    """
    heard = 0
    for _ in range(MOST_ROUNDS):
        found = mailbox.receive()
        for notice in found:
            _take(notice, source, now=now)
        if not found:
            break
        mailbox.delete(found)
        heard += len(found)
    return heard


def _take(notice: Notice, source: str, *, now: datetime) -> None:
    if notice.times > MOST_TIMES:
        sentence = f"It came {notice.times} times and was never done with."
        set_aside(source, notice.id, notice.body, sentence, now=now)
        return
    with transaction.atomic():
        _mark(notice.body, source, notice.id, now=now)


def _mark(body: str, source: str, notice_id: str, *, now: datetime) -> None:
    try:
        hint = notices.read(body)
    except notices.UnreadableError as error:
        set_aside(source, notice_id, body, str(error), now=now)
        return
    if hint is not None and not links.mark(hint, now=now):
        log.info("a notice about the %s %s in %s concerns nobody here", hint.subject, hint.name, hint.region)


def hear_message(body: Any, *, now: datetime) -> str:
    """Will hear one message of SNS, and say what was done with it.

    Raises ForgedError for what SNS did not sign, or nobody here waits for; PipelineError where AWS doesn't answer, so
    that SNS sends it again.
    """
    by_topic = {row.topic_arn: row for row in PipelineLink.objects.exclude(topic_arn="")}
    envelope = envelopes.read(body, topics=frozenset(by_topic), now=now)
    signatures.check(envelope, registry.CERTIFICATES, now=now)
    if Heard.objects.filter(message_id=envelope.id).exists():
        return "It was heard before."
    if envelope.kind is Kind.SUBSCRIPTION:
        links.mailbox_of(by_topic[envelope.topic]).confirm(envelope.topic, envelope.token)
        log.info("the subscription to %s is confirmed", envelope.topic)
    with transaction.atomic():
        return _hear_once(envelope, now=now)


def _hear_once(envelope: Envelope, *, now: datetime) -> str:
    _, is_new = Heard.objects.get_or_create(message_id=envelope.id, defaults={"at": now})
    Heard.objects.filter(at__lt=now - FORGOTTEN_AFTER).delete()
    if not is_new:
        return "It was heard before."
    if envelope.kind is Kind.SUBSCRIPTION:
        return "The subscription is confirmed."
    if envelope.kind is Kind.UNSUBSCRIPTION:
        sentence = "Somebody ended the subscription: notices no longer come by this topic."
        set_aside(envelope.topic, envelope.id, envelope.message, sentence, now=now)
        return sentence
    _mark(envelope.message, envelope.topic, envelope.id, now=now)
    return "Heard."


def set_aside(source: str, notice_id: str, body: str, sentence: str, *, now: datetime) -> None:
    """Will keep that there was a notice which nobody could read, the newest MOST_SET_ASIDE of them.

    Its text is not kept: it may hold a build's variables.
    """
    content = body.encode(errors="replace")
    row = SetAside.objects.create(
        source=source[:300],
        notice_id=notice_id[:100],
        sentence=sentence[:500],
        length=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        at=now,
    )
    SetAside.objects.filter(pk__lte=row.pk - MOST_SET_ASIDE).delete()
    log.warning("a notice of %s was set aside: %s", source, sentence)
