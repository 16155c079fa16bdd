"""Why a statement isn't run: a code for programs, a sentence for people, and the place where they read it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

Code = Literal[
    "not-one-statement",
    "not-a-query",
    "syntax",
    "function-refused",
    "function-unknown",
    "table-unknown",
    "column-unknown",
    "refused",
    "too-long",
    "parameters",
]


class SqlError(Exception):
    """A statement is refused before anything ran. `line` and `column` count from 1, None where there is no place."""

    def __init__(self, code: Code, sentence: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.line = line
        self.column = column


def place(meta: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Will give line and column of a word, from what sqlglot notes beside it: its column is that of the last letter."""
    if "line" not in meta:
        return None, None
    return meta["line"], max(meta["col"] - (meta["end"] - meta["start"]), 1)


def first_place(metas: Iterable[Mapping[str, Any]]) -> tuple[int | None, int | None]:
    """Will give line and column of the word that stands first in the text."""
    known = [(line, column) for line, column in map(place, metas) if line is not None and column is not None]
    return min(known, default=(None, None))


@contextmanager
def readable_depth() -> Iterator[None]:
    """Will turn a RecursionError into a refusal: a query may be nested deeper than it can be read."""
    try:
        yield
    except RecursionError as error:
        sentence = "The query is nested too deeply. Nothing was run. Name its parts with WITH."
        raise SqlError("refused", sentence) from error
