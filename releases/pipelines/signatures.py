"""Whether SNS signed a message: RSA over SHA-1 (version 1) or SHA-256 (version 2), by SNS's own certificate."""

import base64
import binascii
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from releases.pipelines.base import PipelineError
from releases.rules.pipelines.envelopes import Envelope, ForgedError

FETCH_S = 3.0
LONGEST_CERTIFICATE_BYTES = 20_000
MOST_KEPT = 20


class Certificates:
    """SNS's certificates by their address, each fetched once. `fetch` is given only addresses of SNS itself."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch
        self._kept: OrderedDict[str, x509.Certificate] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, url: str) -> x509.Certificate:
        """Will give the certificate. Raises PipelineError where it can't be had, ForgedError where it is none."""
        with self._lock:
            kept = self._kept.get(url)
        if kept is not None:
            return kept
        try:
            certificate = x509.load_pem_x509_certificate(self._fetch(url))
        except ValueError:
            raise ForgedError("What is at its certificate's address is no certificate.") from None
        with self._lock:
            self._kept[url] = certificate
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return certificate


def fetch(url: str) -> bytes:
    """Will get a certificate over HTTPS, following nothing. Raises PipelineError."""
    try:
        with requests.get(url, timeout=FETCH_S, allow_redirects=False, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                sentence = f"SNS's certificate was answered with {answer.status_code}"
                raise PipelineError("CertificateUnanswered", sentence, permanent=False)
            return answer.raw.read(LONGEST_CERTIFICATE_BYTES, decode_content=True)
    except requests.RequestException as error:
        sentence = f"SNS's certificate could not be fetched ({type(error).__name__})"
        raise PipelineError("CertificateUnanswered", sentence, permanent=False) from None


def check(envelope: Envelope, certificates: Certificates, *, now: datetime) -> None:
    """Will let the envelope pass where SNS signed it. Raises ForgedError, PipelineError as `Certificates.at`."""
    try:
        signature = base64.b64decode(envelope.signature, validate=True)
    except (binascii.Error, ValueError):
        raise ForgedError("Its signature can't be read.") from None
    certificate = certificates.at(envelope.certificate_url)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ForgedError("Its certificate is not valid now.")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ForgedError("Its certificate has no RSA key.")
    # SHA-1 is SNS's choice for version 1 (a topic's SignatureVersion); a topic of one's own is set to 2.
    algorithm = hashes.SHA1() if envelope.version == "1" else hashes.SHA256()  # noqa: S303 - see above
    try:
        key.verify(signature, envelope.signed, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise ForgedError("SNS did not sign it.") from None
