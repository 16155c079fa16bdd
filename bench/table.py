"""One table of all figures, for a terminal."""

from collections.abc import Iterator, Sequence

from bench.result import Result, Row

HEAD = ("what", "figure", "limit", "", "samples", "beside")


def render(results: Sequence[Result]) -> str:
    """Will give the table, with the notes of each benchmark under its rows."""
    lines = [HEAD, *(_cells(row) for result in results for row in result.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    parts = [_line(HEAD, widths)]
    for result in results:
        parts += ["", result.name, *(_line(_cells(row), widths) for row in result.rows)]
        parts += [f"  · {note}" for note in result.notes]
    return "\n".join(parts)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(_aligned(cells, widths)).rstrip()


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        is_number = HEAD[column] in {"figure", "limit", "samples"}
        yield cell.rjust(width) if is_number else cell.ljust(width)


def _cells(row: Row) -> tuple[str, ...]:
    met = {None: "", True: "met", False: "MISSED"}[row.is_met]
    limit = "" if row.limit is None else f"≤ {number(row.limit)}"
    beside = "" if row.beside is None else f"{number(row.beside)} {row.unit} "
    peer = f"({row.peer})" if beside and row.peer else row.peer
    return row.name, f"{number(row.figure)} {row.unit}".rstrip(), limit, met, f"{row.samples:,}", f"{beside}{peer}"


def number(value: float) -> str:
    """Will write a figure with three digits that mean something."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
