"""What a process holds, as the kernel counts it; and work done in a process of its own, so that its peak is its own."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import django


@dataclass(frozen=True)
class Spent:
    """What some work gave, and what it took: the seconds, and the most memory that its process ever held."""

    value: Any
    seconds: float
    peak_bytes: int


def apart(work: Callable[..., Any], *given: object) -> Spent:
    """Will do the work in a new process that does nothing else, and raise what it raises."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=django.setup) as pool:
        return pool.submit(_measured, work, given).result()


def _measured(work: Callable[..., Any], given: tuple[object, ...]) -> Spent:
    began = perf_counter()
    value = work(*given)
    return Spent(value, perf_counter() - began, peak("self"))


def held(process: int | str) -> int:
    """Will give the bytes that a process holds in memory now."""
    return _status(process, "VmRSS")


def peak(process: int | str) -> int:
    """Will give the most bytes that a process held since it began, or since `forget_peak`."""
    return _status(process, "VmHWM")


def forget_peak(process: int | str) -> None:
    """Will let the peak of a process begin anew with what it holds now (proc(5), clear_refs)."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def _status(process: int | str, name: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(f"{name}:")]
    # "VmRSS:     1234 kB", by which 1,024 bytes are meant.
    return int(line.split()[1]) * 1024
