"""A side that others deploy to: what stands at its address is taken as it is."""

from dataclasses import dataclass

from releases.targets.base import Artifact, TargetError
from releases.targets.sided.places.base import Standing
from releases.targets.sided.places.health import Check


@dataclass(frozen=True)
class Address:
    """An address with a check of its health. `name` is how people know it."""

    name: str
    check: Check
    preview_url: str = ""
    pace: str = ""
    call_limit_s: float = 0.0
    start_limit_s: float = 0.0

    def look(self, outside_id: str) -> Standing:  # noqa: ARG002 - whatever stands here
        """Will ask the health check."""
        return self.check()

    def bring(self, artifact: Artifact, token: str) -> str:  # noqa: ARG002 - it is here already
        """Will take what stands here for the release."""
        return ""

    def open(self, outside_id: str) -> None:
        """Will do nothing: whoever comes here meets what stands here."""

    def drop(self, outside_id: str) -> None:
        """Will do nothing: it isn't ours."""

    def revive(self) -> None:
        """Will raise TargetError, not permanent: nothing can be started here from there."""
        sentence = f"Nothing answers at {self.name}, and the portal starts nothing there; whoever runs it has to"
        raise TargetError("blue-not-up", sentence, permanent=False)

    def foresee(self) -> str:
        """Will name the address."""
        return f"{self.name}, which others deploy to"
