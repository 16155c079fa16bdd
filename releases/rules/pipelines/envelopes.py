"""What SNS sends over HTTPS: the envelope, what of it is signed, and which envelopes are believed at all.

From the SNS developer guide, "Verifying the signatures of Amazon SNS messages". The signature itself is checked by
releases.pipelines.signatures.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

# SNS tries again for about an hour where it is not answered; what is older was held back by somebody.
OLDEST = timedelta(hours=1)
NEWEST = timedelta(minutes=5)
_HOST = re.compile(r"sns\.((?!cn-)[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com|sns\.(cn-[a-z]+-\d)\.amazonaws\.com\.cn")
_PATH = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[\w-]{1,256}(?:\.fifo)?", re.ASCII)
_WEIRD = re.compile(r"[^\x20-\x7e]")


class ForgedError(ValueError):
    """The envelope is not believed; the message says why, in a sentence."""


class Kind(StrEnum):
    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    UNSUBSCRIPTION = "UnsubscribeConfirmation"


_SIGNED: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
        Kind.SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
        Kind.UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    }
)


@dataclass(frozen=True)
class Envelope:
    """One message of SNS, checked for all but its signature. `signed` is the text that the signature is over."""

    kind: Kind
    id: str
    topic: str
    region: str
    message: str
    at: datetime
    token: str
    signed: bytes
    signature: str
    version: str
    certificate_url: str


def read(body: Any, *, topics: Collection[str], now: datetime) -> Envelope:
    """Will give the envelope, where its topic is one of `topics`, its time is near and its certificate is SNS's own.

    Raises ForgedError.
    """
    if not isinstance(body, dict):
        raise ForgedError("The body is no object of SNS.")
    fields = {name: value for name, value in body.items() if isinstance(value, str)}
    kind = _kind(fields)
    topic = fields.get("TopicArn", "")
    matched = _TOPIC.fullmatch(topic)
    if matched is None or topic not in topics:
        raise ForgedError("Nobody here listens to the topic that it names.")
    return Envelope(
        kind=kind,
        id=_wanted(fields, "MessageId")[:100],
        topic=topic,
        region=matched[1],
        message=_wanted(fields, "Message"),
        at=_time(_wanted(fields, "Timestamp"), now=now),
        token=_wanted(fields, "Token") if kind is Kind.SUBSCRIPTION else "",
        signed=_signed(kind, fields),
        signature=_wanted(fields, "Signature"),
        version=_version(fields),
        certificate_url=_certificate_url(_wanted(fields, "SigningCertURL"), region=matched[1]),
    )


def _kind(fields: Mapping[str, str]) -> Kind:
    try:
        return Kind(fields.get("Type", ""))
    except ValueError:
        raise ForgedError("Its type is none of SNS's. Raw message delivery has no signature: turn it off.") from None


def _version(fields: Mapping[str, str]) -> str:
    version = fields.get("SignatureVersion", "")
    if version not in {"1", "2"}:
        raise ForgedError("Its signature is of a version that is not known; there are 1 and 2.")
    return version


def _wanted(fields: Mapping[str, str], name: str) -> str:
    if not fields.get(name):
        raise ForgedError(f"It has no {name}.")
    return fields[name]


def _time(text: str, *, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ForgedError("Its time can't be read.") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at < now - OLDEST:
        raise ForgedError(f"It was sent more than {OLDEST.total_seconds() / 60:g} minutes ago.")
    if at > now + NEWEST:
        raise ForgedError(f"It claims to be sent more than {NEWEST.total_seconds() / 60:g} minutes from now.")
    return at


def _certificate_url(url: str, *, region: str) -> str:
    """Will give the address where it is SNS's own, in the topic's region; nothing else is ever fetched."""
    refused = ForgedError("Its certificate is not at sns.<region>.amazonaws.com.")
    # What a browser, urllib and requests read differently (a backslash, a tab, an @) is in no address of SNS.
    if _WEIRD.search(url) or "\\" in url:
        raise refused
    parts = urlsplit(url)
    host = _HOST.fullmatch(parts.netloc)
    if parts.scheme != "https" or host is None or region not in host.groups():
        raise refused
    if not _PATH.fullmatch(parts.path) or parts.query or parts.fragment:
        raise refused
    return url


def _signed(kind: Kind, fields: Mapping[str, str]) -> bytes:
    """Each name and its value on a line of their own, in this order; Subject only where there is one."""
    lines = [f"{name}\n{fields[name]}\n" for name in _SIGNED[kind] if name in fields]
    return "".join(lines).encode()
