"""A data file unpacked and seen to be text; how far that is, is measured in the packed file's bytes."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from analytics.rules import lines
from analytics.rules.problems import DataError, Problem
from analytics.rules.progress import Progress
from analytics.sources.base import Raw

# Packed or not is told by the first bytes, not by the name: an address often has no name.
_GZIP, _XZ, _ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04"
# A hundred million rows take about 10 GB; what is far beyond that is a mistake or an attack.
MAX_UNPACKED_BYTES = 32 * 1024**3
CHUNK_BYTES = 1024 * 1024


def plain(raw: Raw, into: Path, progress: Progress) -> Path:
    """Will give the file as plain UTF-8 text: itself where it isn't packed, otherwise a file in the folder `into`.

    Raises DataError if it is cut, damaged, a zip, no text, or unpacks to far too much.
    """
    with raw.path.open("rb") as file:
        is_packed = _kind(file) is not None
    chunks = lines.checked(_chunks(raw, progress), file=raw.name)
    if not is_packed:
        for _ in chunks:
            pass
        return raw.path
    target = into / f"{raw.path.name}.plain"
    with target.open("wb") as unpacked:
        unpacked.writelines(chunks)
    return target


def _chunks(raw: Raw, progress: Progress) -> Iterator[bytes]:
    total = raw.path.stat().st_size
    number, unpacked_bytes = 1, 0
    with raw.path.open("rb") as packed:
        try:
            stream = _unpack(packed, raw.name)
            while chunk := stream.read(CHUNK_BYTES):
                unpacked_bytes += len(chunk)
                if unpacked_bytes > MAX_UNPACKED_BYTES:
                    raise DataError(raw.name, [Problem(number, "", "unpacks to more than a data file can hold")])
                progress("checking", packed.tell(), total)
                yield chunk
                number += chunk.count(b"\n")
        except EOFError:
            what = "the packed file ends in the middle: it was cut. Fetch it again"
            raise DataError(raw.name, [Problem(number, "", what)]) from None
        except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
            what = f"the packed file is damaged here ({error}). Fetch it again"
            raise DataError(raw.name, [Problem(number, "", what)]) from None


def _kind(packed: IO[bytes]) -> bytes | None:
    start = packed.read(6)
    packed.seek(0)
    return next((kind for kind in (_GZIP, _XZ, _ZIP) if start.startswith(kind)), None)


def _unpack(packed: IO[bytes], name: str) -> IO[bytes]:
    kind = _kind(packed)
    if kind == _ZIP:
        raise DataError(name, [Problem(1, "", "this is a zip file. Unpack it and import the file in it")])
    if kind == _GZIP:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))
    return cast("IO[bytes]", lzma.LZMAFile(packed)) if kind == _XZ else packed
