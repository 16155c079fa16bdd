"""What moves a rollout: `settle` and `advance`, and the parts they are made of."""

from releases.operations.advance.machine import advance, settle

__all__ = ["advance", "settle"]
