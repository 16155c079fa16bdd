"""Progress on the terminal; one line for each stage."""

from typing import Any, Self

from tqdm import tqdm


class Bar:
    """Told how far a stage is, it shows that; as a context it is cleared away at the end."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        if stage != self._stage or self._bar is None:
            self._close()
            self._stage = stage
            # `disable=None` shows nothing where nobody watches: in a log each step would be a line's worth of noise.
            self._bar = tqdm(
                desc=stage.capitalize(),
                total=total,
                unit="B",
                unit_scale=True,
                leave=False,
                delay=0.2,
                disable=None,
            )
        # A second file of the same stage starts again from nothing.
        if done < self._bar.n:
            self._bar.reset(total)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
