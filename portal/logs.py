"""Structured logs: one JSON line for each event, with the request and the rollout that it belongs to.

with logs.about(rollout_id=7, environment="insights-production"):
    logger.info("Green takes 25 %%.")
"""

from __future__ import annotations

import contextvars
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

if TYPE_CHECKING:
    # The stack reads `configuration` and should not carry Django's models with it.
    from django.http import HttpRequest, HttpResponseBase

# At DEBUG they write requests with their signatures and tokens: a key must never be in a log, whatever the level.
SECRETIVE = ("boto3", "botocore", "urllib3")
FIELDS = ("request_id", "rollout_id", "environment", "release", "task_id")
# They say for every request, message or start what nobody looks for.
QUIET = ("gunicorn.access", "uvicorn.access", "celery.beat", "celery.worker.strategy", "celery.app.trace", "axes.apps")
_context: contextvars.ContextVar[dict[str, object]] = contextvars.ContextVar("log_context", default={})  # noqa: B039 - never changed in place
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class Context(logging.Filter):
    """Writes what the code is busy with into every record, whoever logged it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.__dict__.pop("color_message", None)  # uvicorn's, for terminals
        for name, value in _context.get().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Will add `facts` to every line logged inside; an inner one adds to the outer.

    Raises TypeError for a fact that has no place in the logs.
    """
    unknown = sorted(set(facts) - set(FIELDS))
    if unknown:
        raise TypeError(f"the logs know no {', '.join(unknown)}; they know {', '.join(FIELDS)}")
    token = _context.set({**_context.get(), **{name: value for name, value in facts.items() if value is not None}})
    try:
        yield
    finally:
        _context.reset(token)


def begin(**facts: object) -> None:
    """Will forget what the last piece of work was about and begin with `facts`: for a worker between two tasks."""
    _context.set(dict(facts))


def configuration(level: str) -> dict[str, Any]:
    """Will give the logging configuration that Django, gunicorn, uvicorn and Celery share."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": "portal.logs.Context"}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "%(asctime)s %(levelname)s %(name)s %(process)d %(message)s",
                "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
                "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["context"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Both servers would otherwise write lines of their own form.
            **{name: _through_root(level) for name in ("gunicorn.error", "uvicorn", "uvicorn.error")},
            **{name: _through_root("WARNING") for name in (*QUIET, *SECRETIVE)},
        },
    }


@sync_and_async_middleware
def name_requests(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Will give every request the id that HAProxy gave it, or a new one; the answer and its log lines carry it."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            begin(request_id=_id_of(request))
            response: HttpResponseBase = await get_response(request)
            return _signed(response)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        # Not undone at the end: Django logs a failed answer after the last middleware. The next request begins anew.
        begin(request_id=_id_of(request))
        return _signed(get_response(request))

    return answer


def _id_of(request: HttpRequest) -> str:
    # HAProxy removes what a visitor sent and sets its own; without HAProxy nothing but a plain id passes.
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())


def _signed(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["X-Request-ID"] = str(_context.get()["request_id"])
    return response


def _through_root(level: str) -> dict[str, Any]:
    return {"level": level, "handlers": [], "propagate": True}
