"""A dataset's objects in the bucket: files sent once, and small texts read and written whole.

The calls are HeadObject, GetObject, PutObject, DeleteObject and the multipart ones of S3's API reference.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from analytics.operations.lake.base import Lake, told

# S3 says of what isn't there that it is refused, unless one may list the bucket (API reference, HeadObject).
REMOVE_ACTIONS = frozenset({"s3:DeleteObject"})
ACTIONS = REMOVE_ACTIONS | {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"}
_DIGEST = "sha256"
_MISSING = {"404", "NoSuchKey", "NotFound"}


@dataclass(frozen=True)
class Objects:
    """The objects of one dataset, by their names in its folder. Every method raises LakeError."""

    lake: Lake
    dataset: str

    def send(self, path: Path, name: str, digest: str, sent: Callable[[int], None]) -> None:
        """Will bring a file there, unless it is there already; `sent` is told the bytes that came to be there.

        A large one goes in parts. S3 refuses bytes that were damaged on the way, and one whose sending broke off
        is not there at all.
        """
        if self.digest(name) == digest:
            sent(path.stat().st_size)
            return
        extra = {"Metadata": {_DIGEST: digest}, "ChecksumAlgorithm": "SHA256"}
        with told(f"S3 to take {self._shown(name)}"), path.open("rb") as file:
            s3 = self.lake.clients("s3")
            s3.upload_fileobj(file, self.lake.bucket, self._key(name), ExtraArgs=extra, Callback=sent)

    def digest(self, name: str) -> str:
        """Will give the sha256 that an object was sent with, "" where there is none."""
        with told(f"S3 for {self._shown(name)}"):
            try:
                found = self.lake.clients("s3").head_object(Bucket=self.lake.bucket, Key=self._key(name))
            except ClientError as error:
                if _is_missing(error):
                    return ""
                raise
        return str(found["Metadata"].get(_DIGEST, ""))

    def read(self, name: str) -> bytes:
        """Will give an object's bytes, none where there is no such object."""
        with told(f"S3 for {self._shown(name)}"):
            try:
                found = self.lake.clients("s3").get_object(Bucket=self.lake.bucket, Key=self._key(name))
                return bytes(found["Body"].read())
            except ClientError as error:
                if _is_missing(error):
                    return b""
                raise

    def write(self, name: str, content: bytes) -> None:
        """Will replace an object in one step."""
        with told(f"S3 to take {self._shown(name)}"):
            self.lake.clients("s3").put_object(
                Bucket=self.lake.bucket, Key=self._key(name), Body=content, ContentType="application/json",
                Metadata={_DIGEST: hashlib.sha256(content).hexdigest()},
            )  # fmt: skip

    def remove(self, name: str) -> None:
        """Will delete an object; one that isn't there is none."""
        with told(f"S3 to delete {self._shown(name)}"):
            self.lake.clients("s3").delete_object(Bucket=self.lake.bucket, Key=self._key(name))

    def _key(self, name: str) -> str:
        return self.lake.key(self.dataset, name)

    def _shown(self, name: str) -> str:
        return self.lake.location(self.dataset, name)


def _is_missing(error: ClientError) -> bool:
    return str(error.response.get("Error", {}).get("Code", "")) in _MISSING
