"""SNS as it signs: a key of this test's own, and envelopes that it signed."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:111122223333:notices"
CERTIFICATE_URL = f"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{'0a' * 16}.pem"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_ORDER = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


def certificate(at: datetime, *, key: rsa.RSAPrivateKey = KEY, days: int = 365) -> bytes:
    """A certificate of SNS's, valid from the day before `at`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def envelope(message: str, *, at: datetime, kind: str = "Notification", **more: Any) -> dict[str, Any]:
    """A message as SNS sends it."""
    body: dict[str, Any] = {
        "Type": kind,
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "TopicArn": TOPIC,
        "Message": message,
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    }
    if kind != "Notification":
        body |= {
            "Token": "2336412f37",
            "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        }
    return signed({**body, **more})


def signed(body: Mapping[str, Any], *, key: rsa.RSAPrivateKey = KEY) -> dict[str, Any]:
    """The same with SNS's signature, written out apart from the code that checks it."""
    text = ""
    for name in _ORDER[body["Type"]]:
        if name in body:
            text += name + "\n" + body[name] + "\n"
    algorithm = hashes.SHA1() if body["SignatureVersion"] == "1" else hashes.SHA256()  # noqa: S303 - SNS's version 1
    signature = key.sign(text.encode(), padding.PKCS1v15(), algorithm)
    return {**body, "Signature": base64.b64encode(signature).decode()}


def text(body: Mapping[str, Any]) -> str:
    return json.dumps(body)
