"""One start for one state folder: a lock that the kernel gives back however this process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.stack.trouble import Trouble


@contextmanager
def hold(run: Path, *, address: str) -> Iterator[None]:
    """Will keep the folder for this process.

    Raises Trouble when another start holds it.
    """
    with (run / "stack.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Trouble(
                f"Verdigris already runs from this state folder (process {holder}); it goes on as it is. "
                f"Open {address}, stop that one with Ctrl-C, or set PORTAL_STATE_DIR for a second one."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
