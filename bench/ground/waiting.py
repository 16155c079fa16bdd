"""Waiting for something outside, with a deadline."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

from bench.ground.trouble import Trouble

Found = TypeVar("Found")


def until(question: Callable[[], Found], *, what: str, limit_s: float = 30.0, every_s: float = 0.02) -> Found:
    """Will ask until the answer is true, and give it.

    Raises Trouble when that takes too long.
    """
    deadline = monotonic() + limit_s
    pause = Event()
    while not (found := question()):
        if monotonic() > deadline:
            raise Trouble(f"{what}: not within {limit_s:g} s")
        pause.wait(every_s)
    return found


def pause(seconds: float) -> None:
    """Will let time pass, as between two commands."""
    Event().wait(seconds)
