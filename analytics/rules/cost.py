"""What Athena bills for a query (AWS's page "Amazon Athena pricing", SQL queries per byte).

Bytes scanned are rounded up to the next megabyte, with a minimum of 10 MB for each query; a terabyte is 1024 gigabytes,
as AWS's own calculator counts. Cancelled queries are billed for what they had scanned. Failed queries are not billed,
nor are DDL statements, nor results that were reused, for these scan nothing (user guide, "Reuse query results").
"""

from enum import StrEnum

MEGABYTE = 1024**2
GIGABYTE = 1024**3
TERABYTE = 1024**4
LEAST_BYTES = 10 * MEGABYTE
# In most regions; a setting, for it isn't the same in all.
PRICE_USD_PER_TB = 5.0


class End(StrEnum):
    """How a query ended, as far as its bill is concerned."""

    SUCCEEDED = "SUCCEEDED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    REUSED = "REUSED"


def billed_bytes(scanned_bytes: int, *, end: End = End.SUCCEEDED) -> int:
    """Will give the bytes that are billed for a query that scanned `scanned_bytes`."""
    if end in {End.FAILED, End.REUSED} or (end is End.CANCELLED and not scanned_bytes):
        return 0
    return max(LEAST_BYTES, -(-scanned_bytes // MEGABYTE) * MEGABYTE)


def cost_usd(scanned_bytes: int, *, price_usd_per_tb: float = PRICE_USD_PER_TB, end: End = End.SUCCEEDED) -> float:
    """Will give what a query costs, in US dollars."""
    return billed_bytes(scanned_bytes, end=end) / TERABYTE * price_usd_per_tb
