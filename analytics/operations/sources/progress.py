"""How far a revision is that is being brought in, for whoever looks at the page meanwhile."""

import time
from dataclasses import dataclass

from analytics.models import SourceRevision
from analytics.rules.progress import Progress

# Each writing is one of the database: a page is no better for more of them.
WRITTEN_EVERY_S = 0.5


@dataclass
class Told:
    """Writes progress down in the revision's row now and then, and passes it on."""

    row: SourceRevision
    onward: Progress
    written_at_s: float = 0.0

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        self.onward(stage, done, total)
        is_new = stage != self.row.stage
        if is_new or time.monotonic() - self.written_at_s >= WRITTEN_EVERY_S:
            self.written_at_s = time.monotonic()
            self.row.stage, self.row.done_bytes, self.row.total_bytes = stage, done, total
            self.row.save(update_fields=["stage", "done_bytes", "total_bytes"])
