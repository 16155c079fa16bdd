"""The operations that are answered here rather than by moto, and what each is told about its call."""

from collections.abc import Callable, Mapping
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
