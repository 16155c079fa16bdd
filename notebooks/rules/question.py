"""A question that was asked in the workbench, as a notebook that asks it again."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from notebooks.rules.notebook import TAG, Document


def document(
    sql: str, *, database: str, engine: str, values: Mapping[str, Any], snapshots: Mapping[str, str], token: str
) -> Document:
    """Will give a notebook with the very query in it: its values as parameters, its answer as a frame, a chart."""
    read = ", ".join(f"`{dataset}/{revision}`" for dataset, revision in sorted(snapshots.items())) or "no snapshot"
    prose = (
        "# A question from the workbench\n\n"
        f"It was answered there as `{token}`, from {read}. Here it is asked again, of what serves when you run it; "
        '`with covid.as_of("2020-10-01"):` asks what was known on a day.'
    )
    named = "".join(f", {name}={name}" for name in values)
    asking = f'answer = covid.sql(\n    """\n{_indented(sql)}\n    """,\n    database={database!r}'
    asking += f", engine={engine!r}{named},\n)\nanswer"
    cells = [
        _cell("markdown", "question-01", prose),
        *([_cell("code", "question-02", _assigned(values), tags=[TAG])] if values else []),
        _cell("code", "question-03", "import covid"),
        _cell("code", "question-04", asking),
        _cell("code", "question-05", "frame = answer.pandas()\nframe.describe()"),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _cell(kind: str, name: str, source: str, *, tags: list[str] | None = None) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {"tags": tags} if tags else {}, "source": source}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _indented(sql: str) -> str:
    # The text stands between three quotes: what would end it, or be read as an escape, is written so that it doesn't.
    safe = sql.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "\n".join(f"    {line}" if line else "" for line in safe.splitlines())


def _assigned(values: Mapping[str, Any]) -> str:
    kinds = {type(one) for value in values.values() for one in (value if isinstance(value, tuple) else (value,))}
    imports = ["import datetime"] if kinds & {datetime.date, datetime.datetime} else []
    imports += ["from decimal import Decimal"] if Decimal in kinds else []
    lines = [f"{name} = {list(value) if isinstance(value, tuple) else value!r}" for name, value in values.items()]
    return "\n".join([*imports, *([""] if imports else []), *lines])
