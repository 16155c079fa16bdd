"""Looks again until something has come about, or patience is over."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
# What has come is seen at most this share of the time later that it took.
_SHARE = 0.05
_SOONEST_S = 0.002


def until(look: Callable[[], T], is_it: Callable[[T], bool], patience_s: float, *, look_s: float) -> T:
    """Will give what `look` gives once it is as wanted, or what it gives `patience_s` later.

    It looks often at first, and every `look_s` later: what comes soon is seen soon.
    """
    began = time.monotonic()
    pause = threading.Event()
    while True:
        found = look()
        waited_s = time.monotonic() - began
        if is_it(found) or waited_s >= patience_s:
            return found
        pause.wait(min(max(waited_s * _SHARE, _SOONEST_S), look_s, patience_s - waited_s))
