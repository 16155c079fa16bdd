"""A side with a service of its own: a target inside the target brings the release wholly to it."""

from dataclasses import dataclass

from releases.rules.observation import Health, Observation
from releases.targets.base import Artifact, Ref, Target, TargetError
from releases.targets.sided.places.base import Standing


@dataclass(frozen=True)
class Nested:
    """One side's service, through the target that releases it. `name` is how people know it.

    The target had best not hold its own traffic back and keep nothing warm: the side without visitors is the test
    stage, and the other side is what is kept warm. One that holds is opened before the first visitor comes.
    """

    name: str
    target: Target
    preview_url: str = ""

    @property
    def pace(self) -> str:
        """Will say who takes the release over here at a pace of their own."""
        return self.target.can.pace

    @property
    def call_limit_s(self) -> float:
        return self.target.can.call_limit_s

    @property
    def start_limit_s(self) -> float:
        return self.target.can.start_limit_s

    def look(self, outside_id: str) -> Standing:
        """Will say how the release does that is on its way, or else what serves here."""
        if not outside_id:
            seen = self.target.observe(None)
            return Standing(seen.blue, self._named(seen.message))
        seen = self.target.observe(Ref(outside_id))
        health = seen.green
        if health is Health.HEALTHY and not seen.is_finished and not self.target.can.holds_before_traffic:
            health = Health.STARTING  # it goes on by itself until it is the only one here
        return Standing(health, self._named(seen.message), seen.is_failed, seen.log_tail)

    def bring(self, artifact: Artifact, token: str) -> str:
        """Will start the release here."""
        return self.target.start(artifact, token).outside_id

    def open(self, outside_id: str) -> None:
        """Will give this side's traffic, of which there is none yet, to the release."""
        if not outside_id:
            return
        ref = Ref(outside_id)
        seen = self.target.observe(ref)
        if not seen.is_finished and (seen.asked, seen.seen) != (100, 100):
            self.target.shift(ref, 100)
            seen = self.target.observe(ref)
        if not seen.is_finished and seen.seen == 100:
            self.target.finish(ref)
            seen = self.target.observe(ref)
        if not seen.is_finished:
            sentence = f"{self.name} is still taking the release over; the visitors stay where they are"
            raise TargetError("side-not-open", sentence, permanent=False)

    def drop(self, outside_id: str) -> None:
        """Will roll the release back while it is on its way; one that has arrived stays until the next comes."""
        if not outside_id:
            return
        ref = Ref(outside_id)
        seen = self.target.observe(ref)
        if seen.is_finished or _is_gone(seen):
            return
        self.target.abort(ref)
        if self.target.observe(ref).seen:
            sentence = f"{self.name} is still going back to its older release"
            raise TargetError("side-going-back", sentence, permanent=False)
        self.target.clean(ref)

    def revive(self) -> None:
        """Will do here again what was asked."""
        self.target.restore()

    def foresee(self) -> str:
        """Will name the service."""
        return f"{self.name}, which the portal deploys to"

    def _named(self, message: str) -> str:
        return f"{self.name}: {message}" if message else ""


def _is_gone(seen: Observation) -> bool:
    return seen.green is Health.ABSENT and not seen.seen
