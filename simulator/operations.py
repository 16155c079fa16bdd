"""What is answered here rather than by moto: operations, each with what it is told about its call, and pages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.exceptions import ServiceException

Parameters = Mapping[str, Any]
Answer = Mapping[str, Any] | None


class AwsError(ServiceException):
    """What AWS answers instead: its code must be one that the operation's model knows, or one that all share."""

    def __init__(self, code: str, message: str = "", **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        for name, value in members.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class Context:
    """Who calls, and where: the account's number, the region, and the ARN behind the key."""

    account: str
    region: str
    caller: str


Handler = Callable[[Parameters, Context], Answer]


@dataclass(frozen=True)
class Operation:
    """`is_locked` operations run one at a time; one that calls back into the account must not be."""

    handler: Handler
    is_locked: bool = True


@dataclass
class Operations:
    """Handlers by service and operation, as botocore names them."""

    known: dict[tuple[str, str], Operation] = field(default_factory=dict)

    def register(self, service: str, name: str, *, is_locked: bool = True) -> Callable[[Handler], Handler]:
        """Will make the decorated function answer `name` of `service`. Raises ValueError where one does already."""
        if (service, name) in self.known:
            raise ValueError(f"{service} {name} has a handler already.")

        def keep(handler: Handler) -> Handler:
            self.known[service, name] = Operation(handler, is_locked)
            return handler

        return keep


OPERATIONS = Operations()
operation = OPERATIONS.register

# What people's browsers open carries no signature: a service says which paths are its own.
Page = Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]
_PAGES: dict[str, Page] = {}


def page(prefix: str) -> Callable[[Page], Page]:
    """Will let the decorated WSGI application answer every path below `prefix`."""

    def keep(answer: Page) -> Page:
        _PAGES[prefix] = answer
        return answer

    return keep


def page_at(path: str) -> Page | None:
    """Will give what answers a path; None for everything that isn't a page."""
    return next((answer for prefix, answer in _PAGES.items() if path.startswith(prefix)), None)
