"""What the person at the terminal reads. A terminal that is gone ends nothing by itself."""

import sys
from contextlib import suppress
from typing import TextIO


def say(text: str) -> None:
    """Will write a line at once, also where nobody has a terminal."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Will write a line among the errors."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    # The stack still has to be stopped in order when whoever read this has gone.
    with suppress(OSError):
        stream.write(f"{text}\n")
        stream.flush()
