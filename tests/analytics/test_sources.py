"""Where data comes from: a real server on loopback, a file, and what goes wrong with each."""

import hashlib
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from analytics.operations import snapshots
from analytics.sources.base import SourceError
from analytics.sources.file import FileSource
from analytics.sources.url import UrlSource
from tests.analytics.conftest import NOW, fetched, owid_lines, quiet

CONTENT = ("\n".join(owid_lines()) + "\n").encode()


class Server(BaseHTTPRequestHandler):
    """Answers by path: whole, cut, endless, silent, or not at all."""

    def __init__(self, hold, *args):
        self.hold = hold
        super().__init__(*args)

    def do_GET(self):
        if self.path.startswith("/silent"):
            self.hold.wait(5)
            return
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        self.send_response(200)
        if not self.path.startswith("/endless"):
            self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:100] if self.path.startswith("/cut") else CONTENT)

    def log_message(self, *args):
        """Says nothing in a test's output."""


@pytest.fixture
def address():
    hold = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, hold))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_downloaded_whole_with_its_digest_and_progress(address, tmp_path):
    told = []
    raw = fetched(UrlSource(f"{address}/folder/owid%20data.csv?key=secret"), tmp_path, lambda *step: told.append(step))
    assert raw.path.read_bytes() == CONTENT
    assert raw.digest == hashlib.sha256(CONTENT).hexdigest()
    assert raw.name == "owid-data.csv"
    assert told[-1] == ("downloading", len(CONTENT), len(CONTENT))
    assert "secret" not in raw.origin


def test_a_password_in_an_address_is_neither_kept_nor_shown(address, tmp_path):
    with_password = address.replace("http://", "http://ada:hunter2@")
    assert "hunter2" not in fetched(UrlSource(f"{with_password}/a.csv"), tmp_path).origin
    with pytest.raises(SourceError) as caught:
        fetched(UrlSource(f"{with_password}/missing"), tmp_path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/missing.csv", "answered 404 Not Found. Check the address."),
        ("/cut.csv", "broke off"),
        ("/silent.csv", "did not answer in time"),
        ("/big.csv", "at most 500 are read"),
        ("/endless.csv", "sends more than the 500 bytes"),
    ],
)
def test_what_goes_wrong_on_the_way_is_said(address, tmp_path, path, said):
    limit = 500 if path in {"/big.csv", "/endless.csv"} else 10**6
    with pytest.raises(SourceError) as caught:
        fetched(UrlSource(address + path, max_bytes=limit, read_timeout_s=0.3), tmp_path)
    assert said in str(caught.value)


def test_no_server_and_no_address(tmp_path):
    with pytest.raises(SourceError, match="could not be reached"):
        fetched(UrlSource("http://127.0.0.1:9/a.csv"), tmp_path)
    with pytest.raises(SourceError, match="isn't an http or https address"):
        fetched(UrlSource("ftp://example.org/a.csv"), tmp_path)


def test_a_snapshot_names_the_address_it_came_from(address, state_dir):
    made = snapshots.build([UrlSource(f"{address}/a.csv")], form="owid", state_dir=state_dir, now=NOW, progress=quiet)
    assert made.origin == f"{address}/a.csv"


def test_a_folder_and_a_file_that_is_not_there_are_said(tmp_path):
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(SourceError, match="is a folder, not a file"):
        fetched(FileSource(tmp_path), into)
    with pytest.raises(SourceError, match="There is no file"):
        fetched(FileSource(tmp_path / "nope.csv"), into)
