"""Several sources as one: the files of a form that lie at different addresses."""

from collections.abc import Sequence
from pathlib import Path

from analytics.rules.progress import Progress
from analytics.sources.base import Raw, Revision, Source, SourceError
from analytics.sources.part import known_by


class SeveralSources:
    """Promises of `Source`, for what several have now, in their order. It has one revision: theirs together."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = tuple(sources)

    def revisions(self) -> tuple[Revision, ...]:
        """Will ask each for its newest revision. Raises SourceError if one has none."""
        return (_together([newest(source) for source in self.sources]),)

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]:
        """Will fetch the newest of each. Raises SourceError if one of them isn't that of the revision any more."""
        parts = [newest(source) for source in self.sources]
        if _together(parts).id != revision.id:
            raise SourceError("One of the files changed since they were looked at. Look again, then fetch them")
        each = zip(self.sources, parts, strict=True)
        return tuple(raw for source, part in each for raw in source.fetch(part, into, progress))


def newest(source: Source) -> Revision:
    """Will give the newest revision that is not revoked. Raises SourceError if there is none."""
    found = [one for one in source.revisions() if one.revoked_at is None]
    if not found:
        raise SourceError("There is no revision that may be used. Look again when one was published")
    return found[-1]


def _together(parts: Sequence[Revision]) -> Revision:
    told = [part.published_at for part in parts if part.published_at is not None]
    return Revision(known_by(*(part.id for part in parts)), max(told, default=None))
