"""The lines of a data file, unpacked on the way; how far it is, is measured in the packed file's bytes."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from analytics.rules.lines import MAX_LINE_BYTES
from analytics.rules.problems import DataError, Problem
from analytics.sources.base import Progress

# Packed or not is told by the first bytes, not by the name: an address often has no name.
_GZIP, _XZ, _ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04"
MAX_UNPACKED_BYTES = 4 * 1024 * 1024 * 1024
EVERY_LINES = 2000


def lines(path: Path, name: str, progress: Progress) -> Iterator[bytes]:
    """This function will give the file's lines as bytes.

    Raises DataError if a packed file is cut or damaged, is a zip, or unpacks to far too much.
    """
    total = path.stat().st_size
    number = unpacked_bytes = 0
    with path.open("rb") as packed:
        try:
            stream = _unpack(packed, name)
            # A line without an end is read up to a limit, so that it can't fill the memory; the reader then refuses it.
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                unpacked_bytes += len(line)
                if unpacked_bytes > MAX_UNPACKED_BYTES:
                    raise DataError(name, [Problem(number, "", "unpacks to more than a data file can hold")])
                if number % EVERY_LINES == 0:
                    progress("checking", packed.tell(), total)
                yield line
        except EOFError:
            what = "the packed file ends in the middle: it was cut. Fetch it again"
            raise DataError(name, [Problem(number + 1, "", what)]) from None
        except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
            what = f"the packed file is damaged here ({error}). Fetch it again"
            raise DataError(name, [Problem(number + 1, "", what)]) from None
    progress("checking", total, total)


def _unpack(packed: IO[bytes], name: str) -> IO[bytes]:
    start = packed.read(6)
    packed.seek(0)
    if start.startswith(_ZIP):
        raise DataError(name, [Problem(1, "", "this is a zip file. Unpack it and import the file in it")])
    if start.startswith(_GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))
    if start.startswith(_XZ):
        return cast("IO[bytes]", lzma.LZMAFile(packed))
    return packed
