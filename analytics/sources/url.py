"""A data file at an http or https address."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from analytics.rules import addresses
from analytics.rules.progress import Progress
from analytics.sources.base import CHUNK_BYTES, MAX_BYTES, Raw, Revision, SourceError
from analytics.sources.part import Part, file_name, known_by, refuse_other

CONNECT_TIMEOUT_S = 10
# Between two pieces, not for the whole file: a slow line may take its time, a dead one may not.
READ_TIMEOUT_S = 30
STAGE = "downloading"


class UrlSource:
    """Promises of `Source`, for an address. `digest` is what the file must have, as "sha256:…"; "" takes any.

    A revision is known by what the server says of it: its ETag or the time of its last change (RFC 9110, 8.8).
    """

    def __init__(
        self, address: str, *, digest: str = "", max_bytes: int = MAX_BYTES, read_timeout_s: float = READ_TIMEOUT_S
    ) -> None:
        self.address = address
        self.digest = digest
        self.max_bytes = max_bytes
        self.timeout_s = (CONNECT_TIMEOUT_S, read_timeout_s)

    def revisions(self) -> tuple[Revision, ...]:
        """Will ask for the file's head. Raises SourceError."""
        with self._asked() as answer:
            return (Revision(_known(answer), _changed_at(answer)),)

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]:
        """Will download the file.

        Raises SourceError for an answer that isn't 200, a timeout, too many bytes, and fewer bytes than announced.
        """
        parts = self._parts()
        tag = f"{self.address} {revision.id}" if revision.id else ""
        part = Part(into, file_name(unquote(parts.path)), tag=tag)
        with self._asked(part.size_bytes) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                # All of it lies there already, unless it changed meanwhile: then its size or its tag says so.
                return (part.finish(shown=self.shown, total=_whole(answer), digest=self.digest),)
            refuse_other(revision.id, _known(answer), self.shown)
            if part.size_bytes and answer.status_code != requests.codes.partial_content:
                part = Part(into, part.path.name, tag="")
            total = _whole(answer)
            if total is not None and total > self.max_bytes:
                raise SourceError(f"{self.shown} has {total:,} bytes; at most {self.max_bytes:,} are read")
            chunks = iter(lambda: answer.raw.read(CHUNK_BYTES, decode_content=False), b"")
            part.fill(chunks, progress, stage=STAGE, total=total, shown=self.shown, most=self.max_bytes)
        return (part.finish(shown=self.shown, total=total, digest=self.digest),)

    @property
    def shown(self) -> str:
        """The address without a name and password, and without a key in its query: they are neither kept nor shown."""
        self._parts()
        return addresses.shown(self.address)

    def _parts(self) -> SplitResult:
        parts = urlsplit(self.address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SourceError(f"{self.address} isn't an http or https address")
        return parts

    @contextmanager
    def _asked(self, start: int = 0) -> Iterator[requests.Response]:
        """Asks for the file from byte `start` on."""
        shown = self.shown
        # The bytes as they are: `identity` keeps a .csv.gz from being unpacked on the way.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        try:
            with requests.get(self.address, stream=True, timeout=self.timeout_s, headers=headers) as answer:
                is_whole = bool(start) and answer.status_code == requests.codes.requested_range_not_satisfiable
                if not is_whole and answer.status_code not in {requests.codes.ok, requests.codes.partial_content}:
                    raise SourceError(f"{shown} answered {answer.status_code} {answer.reason}. Check the address")
                yield answer
        except (requests.Timeout, ReadTimeoutError):
            raise SourceError(f"{shown} did not answer in time. Try again later") from None
        except HTTPError:
            raise SourceError(f"{shown} broke off in the middle. What came is kept: try again") from None
        except requests.RequestException as error:
            raise SourceError(f"{shown} could not be reached ({type(error).__name__}). Check the address") from None


def _known(answer: requests.Response) -> str:
    tag = answer.headers.get("ETag", "").removeprefix("W/") or answer.headers.get("Last-Modified", "")
    return known_by(tag)


def _changed_at(answer: requests.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["Last-Modified"])
    except (KeyError, ValueError):
        return None


def _whole(answer: requests.Response) -> int | None:
    """How many bytes the whole file has: of a range it stands behind the slash, bytes 5-9/10 (RFC 9110, 14.4)."""
    if answer.status_code == requests.codes.ok:
        told = answer.headers.get("Content-Length", "")
    else:
        told = answer.headers.get("Content-Range", "").rpartition("/")[2]
    return int(told) if told.isascii() and told.isdigit() else None
