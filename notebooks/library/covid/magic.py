"""`%%covid`: a cell that is SQL.

    %%covid answer country=ITA
    SELECT date, new_cases FROM measures WHERE iso = :country

The first word, if it has no `=`, names the variable that is given the answer; `name=value` gives a parameter, and
`name=$variable` gives it from the notebook. `--database=` and `--engine=` choose where it runs.
"""

import shlex
from collections.abc import Mapping
from typing import Any

from IPython.core.getipython import get_ipython

from . import queries
from .answer import Answer
from .problems import CovidError


def register() -> None:
    """Will make the magic known, where this is a notebook."""
    shell = get_ipython()
    if shell is None:
        return

    def covid(line: str, cell: str) -> Answer | None:
        return run(line, cell, shell.user_ns)

    shell.register_magic_function(covid, "cell")  # type: ignore[arg-type]  # its decorator hides the signature


def run(line: str, cell: str, variables: dict[str, Any]) -> Answer | None:
    """Will run the cell's SQL; an answer with a name is kept among the variables, another is given, to be shown."""
    name, options, given = _read(line, variables)
    answer = queries.sql(cell, **options, **given)
    if not name:
        return answer
    variables[name] = answer
    return None


def _read(line: str, known: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    name, options, given = "", {}, {}
    for index, word in enumerate(shlex.split(line)):
        key, sign, value = word.partition("=")
        if not sign and index == 0 and word.isidentifier():
            name = word
        elif sign and key in {"--database", "--engine"}:
            options[key.removeprefix("--")] = value
        elif sign and key.isidentifier():
            given[key] = _value(value, known)
        else:
            raise CovidError(f"{word!r} isn't understood. Nothing was run. Write: %%covid answer country=ITA")
    return name, options, given


def _value(value: str, known: Mapping[str, Any]) -> Any:
    if not value.startswith("$"):
        return value
    if value[1:] not in known:
        raise CovidError(f"There is no variable {value[1:]!r}. Nothing was run. Set it in a cell before.")
    return known[value[1:]]
