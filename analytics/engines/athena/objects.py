"""S3's objects, a range at a time: nothing here ever holds a whole one."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from analytics.engines.athena.calls import told

ACTIONS = frozenset({"s3:GetObject", "s3:ListBucket", "s3:DeleteObject"})
_MISSING = {"404", "NoSuchKey", "NotFound", "NoSuchBucket"}
_DELETED_AT_ONCE = 1000  # DeleteObjects' limit


def split(location: str) -> tuple[str, str]:
    """Will give bucket and key of an s3:// location."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key


@dataclass(frozen=True)
class Objects:
    """S3 with one person's or the portal's rights; `client` is boto3's."""

    client: Any

    def size(self, location: str) -> int | None:
        """Will give an object's size in bytes, None where there is no such object. Raises QueryError."""
        bucket, key = split(location)
        with told("S3 how large the result is"):
            try:
                return int(self.client.head_object(Bucket=bucket, Key=key)["ContentLength"])
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _MISSING:
                    return None
                raise

    def opened(self, location: str) -> Any:
        """Will give an object's bytes as a stream that is read forwards only. Raises QueryError."""
        bucket, key = split(location)
        with told("S3 for the result"):
            return self.client.get_object(Bucket=bucket, Key=key)["Body"]

    def seekable(self, location: str) -> "Ranged":
        """Will give an object as a file that is read at any place. Raises QueryError where there is none."""
        bucket, key = split(location)
        return Ranged(self.client, bucket, key, self.size(location) or 0)

    def listed(self, location: str) -> Iterator[tuple[str, int]]:
        """Will give the objects below a location, with their sizes in bytes. Raises QueryError."""
        bucket, prefix = split(location)
        with told("S3 which files a table has"):
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for one in page.get("Contents", ()):
                    yield f"s3://{bucket}/{one['Key']}", int(one["Size"])

    def remove(self, locations: list[str]) -> None:
        """Will remove objects; those that aren't there are none. Raises QueryError."""
        with told("S3 to remove the result"):
            for start in range(0, len(locations), _DELETED_AT_ONCE):
                some = locations[start : start + _DELETED_AT_ONCE]
                keys = [{"Key": split(one)[1]} for one in some]
                self.client.delete_objects(Bucket=split(some[0])[0], Delete={"Objects": keys, "Quiet": True})


class Ranged(io.RawIOBase):
    """An object as a file; each read is a request for that range."""

    def __init__(self, client: Any, bucket: str, key: str, size: int) -> None:
        super().__init__()
        self._client = client
        self._bucket = bucket
        self._key = key
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read at any place."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Will go to a place."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Will read what fits. Raises QueryError."""
        count = min(len(buffer), self._size - self._at)
        if count <= 0:
            return 0
        with told("S3 for a part of the result"):
            wanted = f"bytes={self._at}-{self._at + count - 1}"
            content = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=wanted)["Body"].read()
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
