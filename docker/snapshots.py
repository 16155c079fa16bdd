"""The snapshot that the insights site serves, from S3: the one that a small object beside it names.

The pointer is JSON, such as s3://BUCKET/lake/covid-cases/current.json:
{"revision": "41cee57279a9", "key": "lake/covid-cases/lake-41cee57279a9.duckdb", "sha256": "…"}.
The portal writes it when a release of the data is promoted (analytics/operations/lake). A snapshot's key never changes
its content, so what moves is the pointer alone.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from portal import aws

# All that the site's role is allowed (infra/service.yaml).
ACTIONS = frozenset({"s3:GetObject"})
WHERE = re.compile(r"s3://([a-z0-9.-]{3,63})/(.+)")
LARGEST_POINTER_BYTES = 10_000
CHUNK_BYTES = 1 << 20


class SnapshotError(Exception):
    """The snapshot can't be had; the message says why and what to do."""


@dataclass(frozen=True)
class Pointer:
    """What serves now: the snapshot's revision, its key in the same bucket, and what its content must be."""

    revision: str
    key: str
    sha256: str


def fetch(location: str, folder: Path) -> Path:
    """Will fetch the snapshot that the pointer at `location` names into `folder`, and give its path.

    One that is there already is not fetched again. Raises SnapshotError.
    """
    where = WHERE.fullmatch(location)
    if where is None:
        raise SnapshotError(f"SNAPSHOT_POINTER is {location!r}. Write s3://BUCKET/lake/DATASET/current.json.")
    bucket, key = where.groups()
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
    client = aws.client("s3", aws.Access(region))
    try:
        pointer = _read(client.get_object(Bucket=bucket, Key=key)["Body"].read(LARGEST_POINTER_BYTES), location)
        path = folder / f"{pointer.sha256}.duckdb"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _download(client.get_object(Bucket=bucket, Key=pointer.key)["Body"], path, pointer)
    except (ClientError, BotoCoreError) as error:
        raise SnapshotError(aws.trouble_of(error, doing=f"S3 to give {location} or what it names").sentence) from error
    return path


def _read(content: bytes, location: str) -> Pointer:
    try:
        value = json.loads(content)
        pointer = Pointer(str(value["revision"]), str(value["key"]), str(value["sha256"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"{location} is no pointer ({error!r}). It needs revision, key and sha256.") from None
    if not re.fullmatch(r"[0-9a-f]{64}", pointer.sha256):
        raise SnapshotError(f"{location} names no SHA-256. It is 64 digits of 0-9 and a-f.")
    return pointer


def _download(body: Any, path: Path, pointer: Pointer) -> None:
    digest, draft = hashlib.sha256(), path.with_suffix(".draft")
    with draft.open("wb") as file:
        for chunk in body.iter_chunks(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != pointer.sha256:
        draft.unlink()
        raise SnapshotError(
            f"{pointer.key} of revision {pointer.revision} is not what its pointer says: {digest.hexdigest()}. "
            "Upload it again, or point at another one."
        )
    # In one step: what is half fetched is never served.
    draft.rename(path)
