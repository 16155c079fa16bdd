"""Sources that are followed, for other apps: what hears notices brings the next look forward."""

from analytics.operations.sources.following import hint

__all__ = ["hint"]
