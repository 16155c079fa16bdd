"""Data Exchange: data sets that a test publishes, and jobs that bring their files into S3."""

from simulator.services.dataexchange import jobs, operations
from simulator.services.dataexchange.catalog import publish, revoke

__all__ = ["jobs", "operations", "publish", "revoke"]
