"""SNS's certificates over real TLS: a proxy on this machine answers in the place of sns.eu-west-1.amazonaws.com."""

import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from portal import clock
from releases.pipelines.base import PipelineError
from releases.pipelines.signatures import LONGEST_CERTIFICATE_BYTES, Certificates, fetch
from releases.rules.pipelines.envelopes import ForgedError
from tests.releases.pipelines import sns

HOST = "sns.eu-west-1.amazonaws.com"
ANSWERS = {
    "good": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    "moved": b"HTTP/1.1 302 Found\r\nLocation: https://example.org/x.pem\r\nContent-Length: 0\r\n\r\n",
    "gone": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
}


def server_files(folder: Path) -> Path:
    """A certificate for the host, which is its own authority."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Sns:
    """Takes a CONNECT, and then answers itself, as whoever it was meant for."""

    def __init__(self, files: Path) -> None:
        self.asked: list[str] = []
        self.body = b""
        self.answer = "good"
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            try:
                self.asked.append(connection.recv(4096).split(b"\r\n")[0].decode())
                connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                with self._context.wrap_socket(connection, server_side=True) as tls:
                    self.asked.append(tls.recv(4096).split(b"\r\n")[0].decode())
                    tls.sendall(ANSWERS[self.answer] + self.body)
            except OSError:
                connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)


@pytest.fixture
def there(tmp_path, monkeypatch):
    files = server_files(tmp_path)
    made = Sns(files)
    monkeypatch.setenv("HTTPS_PROXY", made.address)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files))
    yield made
    made.close()


def test_it_is_fetched_once(there):
    there.body = sns.certificate(clock.now())
    certificates = Certificates(fetch)
    assert certificates.at(sns.CERTIFICATE_URL) == certificates.at(sns.CERTIFICATE_URL)
    assert there.asked[0].startswith(f"CONNECT {HOST}:443 ")
    assert len(there.asked) == 2


@pytest.mark.parametrize("answer", ["moved", "gone"])
def test_nothing_is_followed_and_nothing_is_no_certificate(there, answer):
    there.answer = answer
    with pytest.raises(PipelineError, match="answered with") as raised:
        fetch(sns.CERTIFICATE_URL)
    assert not raised.value.permanent
    assert len(there.asked) == 2


def test_no_more_is_read_than_a_certificate_has(there):
    there.body = b"x" * (LONGEST_CERTIFICATE_BYTES * 3)
    assert len(fetch(sns.CERTIFICATE_URL)) == LONGEST_CERTIFICATE_BYTES
    with pytest.raises(ForgedError, match="no certificate"):
        Certificates(fetch).at(sns.CERTIFICATE_URL)


def test_a_host_that_can_not_prove_who_it_is_is_not_asked(there, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(PipelineError, match="could not be fetched"):
        fetch(sns.CERTIFICATE_URL)


def test_only_the_newest_are_kept():
    made = sns.certificate(clock.now())
    asked = []
    certificates = Certificates(lambda url: asked.append(url) or made)
    for number in range(30):
        certificates.at(f"https://{HOST}/{number}.pem")
    certificates.at(f"https://{HOST}/29.pem")
    certificates.at(f"https://{HOST}/0.pem")
    assert len(asked) == 31
