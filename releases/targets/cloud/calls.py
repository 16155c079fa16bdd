"""How the targets on AWS reach it, and what becomes of its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from portal import aws
from releases.targets.base import TargetError


class Clients(Protocol):
    """Gives the client of a service, with the environment's role and region.

    `may_repeat=False` is for what must not be done twice and has no idempotency token: botocore then tries once.
    """

    def __call__(self, service: str, *, may_repeat: bool = True) -> Any: ...


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Will turn botocore's errors into TargetError; `doing` is what is tried, as "CodeDeploy to continue d-ABC"."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        trouble = aws.trouble_of(error, doing=doing)
        # Without its cause: botocore's own texts and frames may hold keys.
        raise TargetError(trouble.code, trouble.sentence, permanent=trouble.is_permanent) from None


def code_of(error: ClientError) -> str:
    """Will give AWS's own code, for the few that an adapter answers itself."""
    return str(error.response.get("Error", {}).get("Code", ""))
