"""Charts worth looking at, from whatever has columns; they live in the notebook and on the portal's pages alike."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from .answer import Answer
from .catalog import definition, measure
from .problems import CovidError

if TYPE_CHECKING:
    import plotly.graph_objects as go

Kind = Literal["line", "area", "bar", "dots"]
# Those of the insights pages: a place looks the same here and there.
COLOURS = ("#b4552d", "#6b5bb0", "#1f8a8c", "#c08a1e", "#b03a6f", "#5f7a2f", "#3f74a8", "#8a5a44", "#7a7f86")
LAYOUT: dict[str, Any] = {
    "template": "plotly_white",
    "colorway": COLOURS,
    "font": {"family": "system-ui, sans-serif", "size": 13},
    "margin": {"l": 60, "r": 20, "t": 60, "b": 40},
    "height": 420,
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1.0, "xanchor": "right"},
}
_STYLES: dict[Kind, dict[str, Any]] = {
    "line": {"mode": "lines", "line": {"width": 2}},
    "area": {"mode": "lines", "line": {"width": 1}, "stackgroup": "all"},
    "dots": {"mode": "markers", "marker": {"size": 7, "opacity": 0.75}},
}


def chart(
    what: Any,
    places: str | Iterable[str] = (),
    /,
    *,
    x: str = "",
    y: str | Iterable[str] = "",
    by: str = "",
    kind: Kind = "line",
    title: str = "",
    unit: str = "",
    is_log: bool = False,
    **when: Any,
) -> "go.Figure":
    """Will draw a measure (its name and its places), or an Answer, an Arrow table, a pandas or a Polars frame.

    Where they aren't named, `x` is the first column of days (else the first), `by` the first of texts, and `y` every
    column of numbers. `when` is passed on to `covid.measure`. Raises CovidError for a column that isn't there.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - two seconds that not every notebook needs

    if isinstance(what, str):
        known = definition(what)
        table = measure(what, places, **when).arrow()
        x, y, by = "date", "value", "place"
        title, unit = title or str(known["label"]), unit or str(known["unit"])
    else:
        table = _table(what)
    x, lines, by = _axes(table, x, [y] if isinstance(y, str) and y else list(y), by)
    figure = go.Figure(layout={**LAYOUT, "title": {"text": title, "x": 0, "xref": "paper"}})
    for name, across, up in _traces(table, x, lines, by):
        _draw(figure, kind, name, across, up)
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(title=unit, type="log" if is_log else "linear", rangemode="normal" if is_log else "tozero")
    return figure


def _draw(figure: "go.Figure", kind: Kind, name: str, across: Any, up: Any) -> None:
    if kind == "bar":
        figure.add_bar(name=name, x=across, y=up)
    else:
        figure.add_scatter(name=name, x=across, y=up, **_STYLES[kind])


def _table(what: Any) -> pa.Table:
    if isinstance(what, Answer):
        return what.arrow()
    if isinstance(what, pa.Table):
        return what
    if hasattr(what, "to_arrow"):
        return what.to_arrow()
    try:
        return pa.Table.from_pandas(what)
    except (AttributeError, TypeError, pa.ArrowInvalid):
        raise CovidError(
            f"A {type(what).__name__} can't be drawn. Nothing was drawn. Give a measure's name and its places, an "
            "answer, an Arrow table or a frame."
        ) from None


def _axes(table: pa.Table, x: str, y: list[str], by: str) -> tuple[str, list[str], str]:
    kinds = {field.name: field.type for field in table.schema}
    for named in (x, by, *y):
        if named and named not in kinds:
            raise CovidError(f"There is no column {named!r}. Nothing was drawn. There are {', '.join(kinds)}.")
    x = x or next((name for name, kind in kinds.items() if pa.types.is_temporal(kind)), table.column_names[0])
    y = y or [name for name, kind in kinds.items() if name not in {x, by} and _is_number(kind)]
    by = by or next((name for name, kind in kinds.items() if name not in {x, *y} and _is_text(kind)), "")
    if not y:
        raise CovidError(f"No column has numbers. Nothing was drawn. There are {', '.join(kinds)}; name one as y.")
    return x, y, by


def _traces(table: pa.Table, x: str, lines: list[str], by: str) -> Iterator[tuple[str, Any, Any]]:
    groups = pc.unique(table[by]).to_pylist() if by else [None]
    for group in groups:
        part = table.filter(pc.equal(table[by], group)) if by and group is not None else table
        across = _values(part[x])
        for line in lines:
            named = " ".join(str(word) for word in (group, line if len(lines) > 1 or not by else None) if word)
            yield named.replace("_", " ") if named == line else named, across, _values(part[line])


def _values(column: pa.ChunkedArray) -> Any:
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    return column.to_pandas(date_as_object=False).to_numpy()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))
