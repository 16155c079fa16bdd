"""The account's lake, for other apps: what serves there, and how another snapshot comes to serve.

Each call says what is true now, and each verb may be repeated. All raise LakeError.
"""

from analytics.operations.lake.base import NOT_PUBLISHED, Lake, LakeError
from analytics.operations.lake.serving import (
    clear,
    clear_green,
    published,
    serve,
    serving,
    show_green,
)

__all__ = [
    "NOT_PUBLISHED", "Lake", "LakeError", "clear", "clear_green", "published", "serve", "serving",
    "show_green",
]  # fmt: skip
