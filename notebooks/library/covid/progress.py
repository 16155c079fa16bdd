"""A line of progress for what takes longer than a moment; nothing at all for what doesn't."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

SHOWN_AFTER_S = 1.0


@contextmanager
def bar(told: str, *, total: int | None = None, unit: str = "rows") -> Iterator["tqdm[Any]"]:
    """Will show a bar under `told`, where it takes longer than a second, and take it away at the end."""
    with tqdm(
        desc=told, total=total, unit=f" {unit}", unit_scale=True, delay=SHOWN_AFTER_S, leave=False, file=sys.stdout
    ) as shown:
        yield shown
