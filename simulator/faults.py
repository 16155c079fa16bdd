"""What goes wrong on demand: an AWS that throttles, refuses, answers late, never, or with what was true before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How a call goes wrong. `before` means that AWS never did it, `after` that it did, and only the answer is lost."""

    ERROR = "error"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HOLD_BEFORE = "hold_before"
    HOLD_AFTER = "hold_after"
    STALE = "stale"


@dataclass
class Fault:
    """Hits calls of `service` and `operation` ("*" is any), `times` of them, or all while it stands (None).

    `skip` calls pass first. An ERROR answers with `code`, `message` and `status`; a HOLD keeps the caller waiting for
    `hold_s` real seconds. `role` hits only callers whose role session's ARN contains it.
    """

    service: str
    operation: str
    kind: Kind
    times: int | None = 1
    skip: int = 0
    code: str = "ThrottlingException"
    message: str = "Rate exceeded"
    status: int = 400
    hold_s: float = 0.0
    role: str = ""
    hits: int = 0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Fault":
        """Will read what the control address was sent. Raises TypeError or ValueError for what is none."""
        return cls(**{**value, "kind": Kind(value["kind"])})

    def matches(self, service: str, operation: str, caller: str) -> bool:
        return (
            self.service in {"*", service}
            and self.operation in {"*", operation}
            and self.role in caller
            and (self.times is None or self.hits < self.times)
        )


@dataclass
class Faults:
    """The faults that stand; the first that matches a call hits it."""

    standing: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        self.standing.append(fault)
        return fault

    def clear(self) -> None:
        self.standing.clear()

    def strike(self, service: str, operation: str, caller: str) -> Fault | None:
        """Will give the fault that hits this call, and count it; None when it goes well."""
        for fault in self.standing:
            if not fault.matches(service, operation, caller):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.hits += 1
            return fault
        return None
