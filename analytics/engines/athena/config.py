"""Where queries go, with whose rights, and what they cost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analytics.rules import cost

# What gives a client of a service under the name of a person: ("athena", "ada").
Clients = Callable[[str, str], Any]
# What stands in for a boto3 session under the name of a person.
Doors = Callable[[str], Any]


@dataclass(frozen=True)
class Config:
    """`results` is the S3 folder that UNLOAD writes below, and SELECT where the workgroup has no location of its own.

    A query that may read `unload_from_bytes` or more, and asks for no order, is unloaded as Parquet. Results up to
    `reuse_minutes` old are used again; 0 uses none.
    """

    region: str
    workgroup: str
    results: str
    catalogue: str = "awsdatacatalog"
    reuse_minutes: int = 60
    price_usd_per_tb: float = cost.PRICE_USD_PER_TB
    unload_from_bytes: int = 100 * cost.MEGABYTE
    # The name of the role's session where no person asks: looks, pages, exports.
    session: str = "verdigris"
