"""What every address of this API has in common: how refusals are answered, and JSON unless Arrow is asked for."""

import errno
from collections.abc import Iterable, Iterator
from typing import ClassVar

from django.http import StreamingHttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from analytics.api.http.errors import ANSWERS
from analytics.engines.base import QueryError
from analytics.operations.exports import ARROW, Export
from portal.api import endpoint

JSON = "application/json"


class JsonOrArrow(DefaultContentNegotiation):
    """Refusals are JSON, whatever is accepted; a view that has Arrow looks at Accept itself."""

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - the framework's signature
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002 - the framework's signature
    ) -> tuple[BaseRenderer, str]:
        return next(iter(renderers)), JSON


class Endpoint(endpoint.Endpoint):
    """An address of data."""

    answers: ClassVar = ANSWERS
    content_negotiation_class = JsonOrArrow


def wants_arrow(request: Request) -> bool:
    """Will say whether Arrow is asked for; who takes anything gets JSON."""
    preferred: str | None = request.get_preferred_type([JSON, ARROW])
    return preferred == ARROW


def sent(made: Export) -> StreamingHttpResponse:
    """Will send a file while it is made; where its rows end in a failure, what was sent of it ends without an end."""
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(_breaking_off(made.content), content_type=made.content_type, headers=headers)


def _breaking_off(content: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from content
    except QueryError as error:
        # Servers close the connection for it and log nothing: the query's row says what happened.
        raise ConnectionResetError(errno.ECONNRESET, error.message) from error
