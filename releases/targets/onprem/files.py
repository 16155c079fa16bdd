"""Files that are there whole or not at all, whatever dies in between."""

import os
import tempfile
from pathlib import Path


def write(file: Path, text: str) -> None:
    """Will replace `file` at once; readers see the old text or the new one.

    Raises OSError, and leaves the old text.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    made = Path(name)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        made.replace(file)
    except OSError:
        made.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name, too, survives a power cut
    finally:
        os.close(folder)
