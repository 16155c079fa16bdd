"""A figure or a query, put on a page of the portal for those who may read it."""

import json
import uuid
from typing import Any

from . import door
from .answer import Answer
from .charts import chart
from .problems import CovidError

PAGES = "/api/v1/notebooks/pages/"


def publish(what: Any, /, *, title: str, note: str = "") -> str:
    """Will make a page of the portal and give its address; it says who published it, when, and what it was read from.

    `what` is a figure, or an answer of `covid.sql`, whose question and first rows the page shows. Raises CovidError.
    """
    if not title.strip():
        raise CovidError("A page needs a title. Nothing was published. Give one.")
    content = {"title": title.strip(), "note": note, **_content(what)}
    made = door.post(PAGES, content, key=uuid.uuid4().hex)
    return str(made["page"])


def _content(what: Any) -> dict[str, Any]:
    if isinstance(what, Answer):
        if not what.token:
            return {"figure": json.loads(chart(what).to_json())}
        return {
            "query": what.token,
            "sql": what.sql,
            "rows": json.loads(_rows(what)),
            "snapshots": dict(what.snapshots),
        }
    import plotly.graph_objects as go  # noqa: PLC0415 - two seconds that not every notebook needs

    if isinstance(what, go.Figure):
        return {"figure": json.loads(what.to_json())}
    raise CovidError(
        f"A {type(what).__name__} can't be published. Nothing was. Give a figure (covid.chart(…)) or an answer "
        "(covid.sql(…))."
    )


def _rows(answer: Answer) -> str:
    frame = answer.head(100).to_pandas(date_as_object=False)
    return str(frame.to_json(orient="split", index=False, date_format="iso"))
