"""A run's id outside: Athena's own, and those of its limits that Athena doesn't keep."""

import re
from dataclasses import dataclass

from analytics.engines import base
from analytics.engines.base import Limits

_FORM = re.compile(r"([0-9a-f-]{36})/([0-9.]+)/([0-9]+)/([0-9]+)")


@dataclass(frozen=True)
class Ref:
    """`query` is the QueryExecutionId."""

    query: str
    limits: Limits

    def __str__(self) -> str:
        return f"{self.query}/{self.limits.wall_s:g}/{self.limits.rows}/{self.limits.result_bytes}"

    @classmethod
    def read(cls, outside_id: str) -> "Ref":
        """Will read an id. Raises QueryError with UNKNOWN for one that isn't of this engine."""
        found = _FORM.fullmatch(outside_id)
        if found is None:
            raise base.unknown()
        return cls(found[1], Limits(wall_s=float(found[2]), rows=int(found[3]), result_bytes=int(found[4])))
