"""Looks again until something has come about, or patience is over."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], is_it: Callable[[T], bool], patience_s: float, *, look_s: float) -> T:
    """Will give what `look` gives once it is as wanted, or what it gives `patience_s` later."""
    deadline = time.monotonic() + patience_s
    pause = threading.Event()
    while True:
        found = look()
        left_s = deadline - time.monotonic()
        if is_it(found) or left_s <= 0:
            return found
        pause.wait(min(look_s, left_s))
