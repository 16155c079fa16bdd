"""Objects in S3: one by its key, or all below a prefix.

What is asked of S3 stands in its API reference under HeadObject, GetObject and ListObjectsV2.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import FlexibleChecksumError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from urllib3.exceptions import HTTPError

from analytics.rules.progress import Progress
from analytics.sources.base import CHUNK_BYTES, MAX_BYTES, Raw, Revision, SourceError
from analytics.sources.part import CHANGED, Part, file_name, known_by, refuse_other
from portal import aws
from portal.aws import Clients, Trouble

ACTIONS = frozenset({"s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion"})
_CHANGED = {"412", "PreconditionFailed"}
_MISSING = {"404", "NoSuchKey", "NotFound", "NoSuchVersion"}
# What only tells of other files: Hive and Athena pass over such names, and Data Exchange tries a bucket with one.
_HIDDEN = ("_", ".")


@dataclass(frozen=True)
class S3Config:
    """`location` is s3://bucket/key, or s3://bucket/prefix/ for all below it.

    `names` says what the objects below a folder of it are called when they come: folder/ -> name without a suffix.
    Where it says anything, only these folders are read.
    """

    location: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """An object as S3 lists it."""

    key: str
    etag: str
    size_bytes: int
    changed_at: datetime


class S3Source:
    """Promises of `Source`, for objects as they are now: their one revision is known by their ETags."""

    def __init__(self, config: S3Config, clients: Clients) -> None:
        self.config = config
        self.bucket, _, self.key = config.location.removeprefix("s3://").partition("/")
        self.clients = clients

    def revisions(self) -> tuple[Revision, ...]:
        """Will list the objects. Raises SourceError if there are none."""
        found = self._found()
        return (Revision(_known(found), max(one.changed_at for one in found)),)

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]:
        """Will download each object, in the order of the folders and keys. Raises SourceError, OSError."""
        found = self._found()
        refuse_other(revision.id, _known(found), self.config.location)
        return tuple(
            download(self.clients, self.bucket, one, into=into, name=self._name(one.key), progress=progress)
            for one in found
        )

    def _found(self) -> list[Found]:
        folders = [f"{self.key}{folder}" for folder in self.config.names] or [self.key]
        below = [one for folder in folders for one in listed(self.clients, self.bucket, folder)]
        if self.key and not self.key.endswith("/"):
            below = [one for one in below if one.key == self.key]
        if not below:
            raise SourceError(f"There is nothing at {self.config.location}. Check the bucket and the key")
        return below

    def _name(self, key: str) -> str:
        for folder, name in self.config.names.items():
            if key.startswith(f"{self.key}{folder}"):
                return file_name(f"{name}{''.join(PurePosixPath(key).suffixes[-2:])}")
        return file_name(key)


def listed(clients: Clients, bucket: str, prefix: str) -> list[Found]:
    """Will give the objects below a prefix that hold data, in the order of their keys. Raises SourceError."""
    found: list[Found] = []
    with _told(f"S3 what lies at s3://{bucket}/{prefix}"):
        for page in clients("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                if one["Size"] and not one["Key"].rpartition("/")[2].startswith(_HIDDEN):
                    found.append(Found(one["Key"], one["ETag"], int(one["Size"]), one["LastModified"]))
    return found


def download(clients: Clients, bucket: str, one: Found, *, into: Path, name: str, progress: Progress) -> Raw:
    """Will download an object as it was listed, from where an earlier fetch died.

    Raises SourceError if it changed since, was damaged on the way, or breaks off; OSError if it can't be written.
    """
    shown = f"s3://{bucket}/{one.key}"
    if one.size_bytes > MAX_BYTES:
        raise SourceError(f"{shown} has {one.size_bytes:,} bytes; at most {MAX_BYTES:,} are read")
    part = Part(into, name, tag=f"{shown} {one.etag}")
    wanted = {"Bucket": bucket, "Key": one.key, "IfMatch": one.etag}
    try:
        with _told(f"S3 for {shown}"):
            head = clients("s3").head_object(**wanted, ChecksumMode="ENABLED")
            if "VersionId" in head:
                # From now on it is that version which is read, whatever is put in its place.
                wanted["VersionId"] = head["VersionId"]
            chunks = _chunks(clients, wanted, part.size_bytes, one.size_bytes)
            part.fill(chunks, progress, stage="downloading", total=one.size_bytes, shown=shown)
            return part.finish(shown=shown, total=one.size_bytes, digest=_digest(head))
    except _DamagedError:
        raise part.damaged(shown) from None
    except _ChangedError:
        raise SourceError(CHANGED.format(shown)) from None


def _chunks(clients: Clients, wanted: Mapping[str, str], start: int, size_bytes: int) -> Iterator[bytes]:
    """The object's bytes from `start` on; where they break off, the part that is short of them says so."""
    if start == size_bytes:
        return
    body = clients("s3").get_object(**wanted, Range=f"bytes={start}-")["Body"]
    try:
        while chunk := body.read(CHUNK_BYTES):
            yield chunk
    except FlexibleChecksumError:
        raise _DamagedError from None
    except (HTTPError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
        return
    finally:
        body.close()


def _digest(head: Mapping[str, Any]) -> str:
    """What S3 says of the object's bytes: its SHA-256, else its ETag where that is an MD5.

    It is one of what was put in one piece and not encrypted with a key of KMS (API reference, Object).
    """
    checksum = str(head.get("ChecksumSHA256", ""))
    if checksum and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT" and "-" not in checksum:
        return f"sha256:{base64.b64decode(checksum).hex()}"
    etag = str(head["ETag"]).strip('"')
    is_md5 = len(etag) == 32 and "-" not in etag and "kms" not in str(head.get("ServerSideEncryption", ""))
    return f"md5:{etag}" if is_md5 else ""


def _known(found: list[Found]) -> str:
    return known_by(*(f"{one.key} {one.etag}" for one in found))


class _ChangedError(Exception):
    """The object is not the one that was listed."""


class _DamagedError(Exception):
    """The bytes are not those whose checksum S3 told with them."""


def _told(doing: str) -> AbstractContextManager[None]:
    return aws.telling(doing, _error)


def _error(trouble: Trouble) -> Exception:
    return _ChangedError() if trouble.code in _CHANGED | _MISSING else SourceError(trouble.sentence)
