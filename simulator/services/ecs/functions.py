"""Lambda functions that deployments call, on their own threads and without the lock: they call back."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from moto.core.exceptions import ServiceException

from simulator.operations import Context
from simulator.services import awslambda
from simulator.world import WORLD

# What the function answered, and the text of what went wrong ("" when nothing did).
Heard = Callable[[Any, str], None]


def invoke(function: str, event: Mapping[str, Any], context: Context, heard: Heard) -> None:
    """Will call `function` with `event`, and `heard`, under the lock, with what it answered."""
    WORLD.outside(partial(_invoke, function, dict(event), context, heard))


def _invoke(function: str, event: Mapping[str, Any], context: Context, heard: Heard) -> None:
    try:
        result = awslambda.invoke(function, event, context)
        said, error = result.value, str(result.value) if result.is_error else ""
    except ServiceException as refused:
        said, error = None, str(refused.message)
    with WORLD.lock:
        heard(said, error)
