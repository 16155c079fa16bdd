"""What is wrong with a data file, named so that a person finds the place."""

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 5
COUNTED = 1000


@dataclass(frozen=True)
class Problem:
    """One mistake: the line as an editor numbers it, the column if there is one, and what is wrong."""

    line: int
    column: str
    what: str

    def __str__(self) -> str:
        where = f"Line {self.line:,}, column {self.column}" if self.column else f"Line {self.line:,}"
        return f"{where}: {self.what}"


class DataError(Exception):
    """The data can't be used. `problems` holds the first ones, `count` how many were found."""

    def __init__(self, file: str, problems: Iterable[Problem], count: int | None = None) -> None:
        self.file = file
        self.problems = tuple(problems)
        self.count = len(self.problems) if count is None else count
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Will say which lines are wrong, at most SHOWN of them, and how many more there are."""
        shown = " ".join(f"{problem}." for problem in self.problems[:SHOWN])
        more = self.count - min(len(self.problems), SHOWN)
        if self.count >= COUNTED:
            return f"{self.file} has {COUNTED:,} mistakes or more. {shown}"
        return f"{self.file} can't be used. {shown}" + (f" And {more:,} more." if more else "")


class Collector:
    """Gathers problems while a file is read, and gives up on a file that is wrong throughout."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.kept: list[Problem] = []
        self.count = 0

    def add(self, line: int, column: str, what: str) -> None:
        """Will note one problem.

        Raises DataError once COUNTED problems were found.
        """
        self.count += 1
        if len(self.kept) < SHOWN:
            self.kept.append(Problem(line, column, what))
        if self.count >= COUNTED:
            raise DataError(self.file, self.kept, self.count)

    def finish(self) -> None:
        """Will raise DataError if anything was noted."""
        if self.count:
            raise DataError(self.file, self.kept, self.count)
