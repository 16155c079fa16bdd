"""How far a revision is that is being brought in, for whoever looks at the page meanwhile."""

import time
from dataclasses import dataclass, field

from analytics.models import SourceRevision
from analytics.rules.progress import Progress
from analytics.sources.base import SourceError

# Each writing is one of the database: a page is no better for more of them.
WRITTEN_EVERY_S = 0.5
# A hundred million rows take about that long. Its worker's threads can't be ended from outside.
LONGEST_S = 3600.0


@dataclass
class Told:
    """Writes progress down in the revision's row now and then, and passes it on.

    Raises SourceError when it has gone on for longer than `longest_s`.
    """

    row: SourceRevision
    onward: Progress
    longest_s: float = LONGEST_S
    written_at_s: float = 0.0
    began_at_s: float = field(default_factory=time.monotonic)

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        self.onward(stage, done, total)
        if time.monotonic() - self.began_at_s > self.longest_s:
            raise SourceError(f"It took longer than {self.longest_s / 60:.0f} minutes; what came of it is kept")
        is_new = stage != self.row.stage
        if is_new or time.monotonic() - self.written_at_s >= WRITTEN_EVERY_S:
            self.written_at_s = time.monotonic()
            self.row.stage, self.row.done_bytes, self.row.total_bytes = stage, done, total
            self.row.save(update_fields=["stage", "done_bytes", "total_bytes"])
