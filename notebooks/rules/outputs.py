"""An executed notebook as things to show: prose, code, and what came out, each of one kind."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from notebooks.rules.notebook import source

FIGURE, HTML, PNG, SVG, TEXT = (
    "application/vnd.plotly.v1+json", "text/html", "image/png", "image/svg+xml", "text/plain",
)  # fmt: skip
Kind = Literal["figure", "html", "png", "svg", "text", "error"]
_LONGEST_TEXT = 20_000
# Colours, as terminals take them.
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_KINDS: tuple[tuple[str, Kind], ...] = ((FIGURE, "figure"), (HTML, "html"), (PNG, "png"), (SVG, "svg"), (TEXT, "text"))


@dataclass(frozen=True)
class Output:
    """What a cell gave. `content` is text, HTML, base64 or a figure's JSON, by its kind."""

    kind: Kind
    content: str


@dataclass(frozen=True)
class Cell:
    """A cell: prose in Markdown, or code with its outputs; `number` counts all cells from 1."""

    number: int
    is_prose: bool
    source: str
    outputs: tuple[Output, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def is_failed(self) -> bool:
        """Whether it ended in an error."""
        return any(one.kind == "error" for one in self.outputs)


@dataclass(frozen=True)
class Failed:
    """The cell that ended the run, and the error's last line."""

    number: int
    message: str


def cells(document: Mapping[str, Any]) -> list[Cell]:
    """Will give the cells of an executed notebook, as far as it came."""
    return [_cell(number, one) for number, one in enumerate(document["cells"], start=1)]


def failed(document: Mapping[str, Any]) -> Failed | None:
    """Will give the cell that failed, if one did."""
    for number, cell in enumerate(document["cells"], start=1):
        for one in cell.get("outputs", ()):
            if one.get("output_type") == "error":
                return Failed(number, f"{one.get('ename', 'Error')}: {one.get('evalue', '')}")
    return None


def _cell(number: int, cell: Mapping[str, Any]) -> Cell:
    tags = tuple(str(tag) for tag in cell.get("metadata", {}).get("tags", ()))
    given = tuple(found for one in cell.get("outputs", ()) for found in _output(one))
    return Cell(number, cell.get("cell_type") == "markdown", source(cell), given, tags)


def _output(output: Mapping[str, Any]) -> Iterator[Output]:
    match output.get("output_type"):
        case "stream":
            text = _shown(_joined(output.get("text", "")))
            if text.strip():
                yield Output("text", text[:_LONGEST_TEXT])
        case "error":
            yield Output("error", _ANSI.sub("", "\n".join(output.get("traceback", ())))[:_LONGEST_TEXT])
        case "display_data" | "execute_result":
            data = output.get("data", {})
            kind = next(((mime, kind) for mime, kind in _KINDS if mime in data), None)
            if kind:
                yield Output(kind[1], _content(kind[1], data[kind[0]]))


def _content(kind: Kind, data: Any) -> str:
    if kind == "figure":
        return json.dumps(data)
    text = _joined(data)
    return text[:_LONGEST_TEXT] if kind == "text" else text


def _shown(text: str) -> str:
    """A line that was written over by a carriage return shows what was written last, as in a terminal."""
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1].rstrip() for line in text.split("\n"))


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)
