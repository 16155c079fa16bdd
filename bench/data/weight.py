"""What a chart's numbers weigh as they are sent, beside the same numbers as Plotly's usual JSON."""

import gzip
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
import plotly.graph_objects as go

from bench.result import Row

PEER = "Plotly's JSON with a date for each value"
# gzip's own, which packs a little better than what the site takes.
LEVEL = 6


def rows(name: str, bodies: Sequence[bytes]) -> list[Row]:
    """Will give the bytes of all answers, packed as they came and unpacked, beside the same charts in Plotly's JSON."""
    plain = [gzip.decompress(body) for body in bodies]
    figures = [figure(orjson.loads(body)) for body in plain]
    packed = sum(len(gzip.compress(one, LEVEL, mtime=0)) for one in figures)
    return [
        _row(f"{name}: all charts as they are sent, packed", sum(map(len, bodies)), len(bodies), packed),
        _row(f"{name}: all charts, unpacked", sum(map(len, plain)), len(bodies), sum(map(len, figures))),
    ]


def _row(name: str, figure: int, count: int, beside: int) -> Row:
    return Row(name, figure / 1000, "kB", count, None, beside / 1000, PEER)


def figure(told: dict[str, Any]) -> bytes:
    """Will give the same chart as Plotly writes it."""
    first = date.fromisoformat(told["x0"])
    lines = []
    for series in told["series"]:
        days = [(first + timedelta(days=day)).isoformat() for day in range(len(series["values"]))]
        lines.append(go.Scatter(name=series["name"], x=days, y=list(_values(told, series["values"]))))
    made: str = go.Figure(lines).to_json()
    return made.encode()


def _values(told: dict[str, Any], values: Sequence[int]) -> Iterator[float | None]:
    return (None if value == told["missing"] else value / told["scale"] for value in values)
