"""How adapters reach AWS, and what becomes of its errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from portal.aws.errors import Trouble, trouble_of


class Clients(Protocol):
    """Gives the client of a service, with one place's role and region.

    `may_repeat=False` is for what must not be done twice and has no idempotency token: botocore then tries once.
    """

    def __call__(self, service: str, *, may_repeat: bool = True) -> Any: ...


@contextmanager
def telling(doing: str, raised: Callable[[Trouble], Exception]) -> Iterator[None]:
    """Will raise what `raised` makes of botocore's errors; `doing` is what is tried, as "CodeDeploy to stop d-ABC"."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        # Without its cause: botocore's own texts and frames may hold keys.
        raise raised(trouble_of(error, doing=doing)) from None


def code_of(error: ClientError) -> str:
    """Will give AWS's own code, for the few that an adapter answers itself."""
    return str(error.response.get("Error", {}).get("Code", ""))
