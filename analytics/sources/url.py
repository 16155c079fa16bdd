"""A data file at an http or https address."""

import hashlib
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from analytics.rules.progress import Progress
from analytics.sources.base import CHUNK_BYTES, MAX_BYTES, Raw, SourceError

CONNECT_TIMEOUT_S = 10
# Between two pieces, not for the whole file: a slow line may take its time, a dead one may not.
READ_TIMEOUT_S = 30


class UrlSource:
    """Promises of `Source`, for an address."""

    def __init__(self, address: str, *, max_bytes: int = MAX_BYTES, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self.address = address
        self.max_bytes = max_bytes
        self.timeout_s = (CONNECT_TIMEOUT_S, read_timeout_s)

    def fetch(self, into: Path, progress: Progress) -> Raw:
        """This function will download the file.

        Raises SourceError for an answer that isn't 200, a timeout, too many bytes, and fewer bytes than announced.
        """
        parts = urlsplit(self.address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SourceError(f"{self.address} isn't an http or https address")
        # A name and password in the address, or a key in its query, stay out of what is stored and shown.
        shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        name = _file_name(parts.path)
        try:
            return self._download(into / name, name, shown, progress)
        except (requests.Timeout, ReadTimeoutError):
            raise SourceError(f"{shown} did not answer in time. Try again later") from None
        except HTTPError:
            raise SourceError(f"{shown} broke off in the middle. Try again") from None
        except requests.RequestException as error:
            raise SourceError(f"{shown} could not be reached ({type(error).__name__}). Check the address") from None

    def _download(self, target: Path, name: str, shown: str, progress: Progress) -> Raw:
        digest = hashlib.sha256()
        done = 0
        # The bytes as they are: `identity` keeps a .csv.gz from being unpacked on the way.
        headers = {"Accept-Encoding": "identity"}
        with requests.get(self.address, stream=True, timeout=self.timeout_s, headers=headers) as answer:
            if answer.status_code != requests.codes.ok:
                raise SourceError(f"{shown} answered {answer.status_code} {answer.reason}. Check the address")
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isascii() and length.isdigit() else None
            if total is not None and total > self.max_bytes:
                raise SourceError(f"{shown} has {total:,} bytes; at most {self.max_bytes:,} are read")
            progress("downloading", 0, total)
            with target.open("wb") as file:
                while chunk := answer.raw.read(CHUNK_BYTES, decode_content=False):
                    done += len(chunk)
                    if done > self.max_bytes:
                        raise SourceError(f"{shown} sends more than the {self.max_bytes:,} bytes that are read")
                    digest.update(chunk)
                    file.write(chunk)
                    progress("downloading", done, total)
        if total is not None and done != total:
            raise SourceError(f"{shown} broke off after {done:,} of {total:,} bytes. Try again")
        return Raw(target, name, shown, digest.hexdigest(), done)


def _file_name(path: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", PurePosixPath(unquote(path)).name).strip("-.")
    return name[:120] or "data.csv"
