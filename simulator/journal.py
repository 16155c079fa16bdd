"""Every call that reached the account: who, what, with what, and how it was answered."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request. `caller` is the ARN behind its key; `code` is "" where it was answered, else the error's."""

    at: datetime
    service: str
    operation: str
    caller: str
    parameters: Mapping[str, Any]
    code: str = ""
    is_effective: bool = True

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}


@dataclass
class Journal:
    """The calls since the last clearing, oldest first."""

    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def write(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self.calls.clear()

    def of(self, operation: str, service: str = "") -> list[Call]:
        """Will give the calls of one operation."""
        with self._lock:
            return [one for one in self.calls if one.operation == operation and service in {"", one.service}]

    def counts(self) -> Counter[str]:
        """Will count calls by "service:Operation"."""
        with self._lock:
            return Counter(f"{one.service}:{one.operation}" for one in self.calls)
