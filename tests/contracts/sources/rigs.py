"""What the source suite needs of an adapter: a place with known bytes, and hands that meddle with it."""

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from analytics.sources.base import CHUNK_BYTES, Source
from analytics.sources.data_exchange import DataExchangeConfig, DataExchangeSource
from analytics.sources.file import FileSource
from analytics.sources.s3 import S3Config, S3Source
from analytics.sources.sample import SampleSource
from analytics.sources.url import UrlSource
from simulator.services import dataexchange
from tests.account import REGION, Account
from tests.simulator.repository import CONTEXT

BUCKET = "covid19-lake"
CONTENT = b"".join(b"%09d\n" % number for number in range(CHUNK_BYTES * 3 // 10))
OTHER = CONTENT[::-1] + b"more"
WRONG = f"sha256:{'0' * 64}"


class Rig(Protocol):
    """One adapter with its place. `content` is what it has, None where only the adapter knows.

    `takes_up` tells that it can be read from the middle.
    """

    source: Source
    content: bytes | None
    takes_up: bool

    def settle(self) -> None:
        """Will let the time pass that the place needs to make something ready."""
        ...

    def change(self) -> None:
        """Will put other bytes in place of those that are there."""
        ...

    def damage(self) -> Source:
        """Will give the source of bytes that aren't those of the digest that was told."""
        ...

    def lose(self) -> None:
        """Will take away what is there."""
        ...

    def close(self) -> None: ...


class FileRig:
    content = CONTENT
    takes_up = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / "owid.csv"
        self.path.write_bytes(CONTENT)
        self.source = FileSource(self.path)

    def settle(self) -> None: ...

    def change(self) -> None:
        self.path.write_bytes(OTHER)

    def damage(self) -> Source:
        return FileSource(self.path, digest=WRONG)

    def lose(self) -> None:
        self.path.unlink()

    def close(self) -> None: ...


class _Answers(BaseHTTPRequestHandler):
    """Serves what the rig has, whole or from a byte on."""

    def __init__(self, rig: "UrlRig", *args):
        self.rig = rig
        super().__init__(*args)

    def do_GET(self):
        content = self.rig.served
        if content is None:
            self.send_error(404)
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{hash(content)}"')
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        try:
            self.wfile.write(content[start:])
        except (BrokenPipeError, ConnectionResetError):
            # Whoever asked has heard enough.
            return

    def log_message(self, *args):
        """Says nothing in a test's output."""


class UrlRig:
    content = CONTENT
    takes_up = True

    def __init__(self) -> None:
        self.served: bytes | None = CONTENT
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answers, self))
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.address = f"http://ada:hunter2@127.0.0.1:{self.server.server_port}/owid.csv?key=hunter2"
        self.source = UrlSource(self.address)

    def settle(self) -> None: ...

    def change(self) -> None:
        self.served = OTHER

    def damage(self) -> Source:
        return UrlSource(self.address, digest=WRONG)

    def lose(self) -> None:
        self.served = None

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class S3Rig:
    content = CONTENT
    takes_up = True
    key = "owid/owid.csv"

    def __init__(self, account: Account) -> None:
        self.account = account
        self.hand = account.hand("s3")
        self.hand.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.hand.put_object(Bucket=BUCKET, Key=self.key, Body=CONTENT)
        self.source = S3Source(S3Config(f"s3://{BUCKET}/owid/"), account.client)

    def settle(self) -> None: ...

    def change(self) -> None:
        self.hand.put_object(Bucket=BUCKET, Key=self.key, Body=OTHER)

    def damage(self) -> Source:
        damage(self.key)
        return self.source

    def lose(self) -> None:
        self.hand.delete_object(Bucket=BUCKET, Key=self.key)

    def close(self) -> None: ...


class DataExchangeRig:
    content = CONTENT
    takes_up = True

    def __init__(self, account: Account) -> None:
        self.account = account
        self.hand = account.hand("s3")
        self.hand.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.data_set, self.revision = dataexchange.publish("COVID-19", {"data/owid.csv": CONTENT}, CONTEXT)
        self.jobs = Record()
        config = DataExchangeConfig(self.data_set, f"s3://{BUCKET}/raw/")
        self.source = DataExchangeSource(config, account.client, self.jobs)

    @property
    def key(self) -> str:
        """Where the file lies that was exported."""
        [found] = self.hand.list_objects_v2(Bucket=BUCKET)["Contents"]
        return str(found["Key"])

    def settle(self) -> None:
        self.account.advance(seconds=30)

    def change(self) -> None:
        self.hand.put_object(Bucket=BUCKET, Key=self.key, Body=OTHER)

    def damage(self) -> Source:
        damage(self.key)
        return self.source

    def lose(self) -> None:
        self.hand.delete_object(Bucket=BUCKET, Key=self.key)

    def close(self) -> None: ...


class SampleRig:
    content = None
    takes_up = False

    def __init__(self) -> None:
        self.source = SampleSource()

    def settle(self) -> None: ...

    def close(self) -> None: ...


class Record:
    """A record of jobs that lasts as long as a test."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.of: dict[tuple[str, str], str] = {}

    def running(self, data_set: str, revision: str) -> str:
        job = self.of.get((data_set, revision), "")
        return "" if self.states.get(job) else job

    def begin(self, data_set: str, revision: str, job_id: str) -> None:
        self.of[data_set, revision] = job_id

    def end(self, job_id: str, state: str) -> None:
        self.states[job_id] = state


def damage(key: str) -> None:
    """Will flip bytes of an object behind the account's back: as many, and its ETag goes on telling of the old ones."""
    found = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys[key]
    assert found.etag
    found._value_buffer.seek(0)
    found._value_buffer.write(b"damaged!")
