"""How the adapters reach AWS, and what becomes of its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from portal import aws
from releases.pipelines.base import PipelineError


class Clients(Protocol):
    """Gives the client of a service; with `may_repeat=False` botocore tries once."""

    def __call__(self, service: str, *, may_repeat: bool = True) -> Any: ...


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Will turn botocore's errors into PipelineError; `doing` is what is tried, as "CodePipeline about shop"."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        trouble = aws.trouble_of(error, doing=doing)
        # Without its cause: botocore's own texts and frames may hold keys.
        raise PipelineError(trouble.code, trouble.sentence, permanent=trouble.is_permanent) from None


def code_of(error: ClientError) -> str:
    """Will give AWS's own code, for the few that an adapter answers itself."""
    return str(error.response.get("Error", {}).get("Code", ""))
