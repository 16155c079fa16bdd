"""The port to whatever serves an environment's traffic.

Eleven promises, held by tests/contracts/test_target.py for every adapter:

1. Every verb is idempotent: said twice, also after a crash in between, it does what once would.
2. No verb waits for the outside to get there; it returns within `can.call_limit_s` (`start`: `can.start_limit_s`).
3. `observe` is the truth. It changes nothing, and can be asked at any time, also with `ref=None`: what serves
   when no rollout runs. `seen` is what visitors get, also where a hand changed it; while somebody else moves the
   traffic, what they say.
4. `start` brings `artifact` up as green with 0 % of the traffic. The same token gives the same Ref, and nothing is
   started twice. If that very artifact is still warm beside blue, it is taken as it is.
5. `shift` moves green to an absolute weight. A visitor who had green at a lower weight keeps it at a higher one, where
   what splits the visitors knows them again: HAProxy does, a load balancer on AWS and DNS draw anew.
6. `finish` makes green the blue of the next rollout. Blue stays warm where `can.keeps_blue_warm`.
7. `abort` gives all traffic to blue, for every visitor, in whatever state green is; also after `finish` has begun.
   Green itself stays up until `clean`, unless somebody else moves the traffic: CodeDeploy and ECS take it down then.
8. `clean` takes green down and lets requests in flight end. It refuses (permanent TargetError) while green has traffic.
9. Whatever fails raises TargetError and leaves the traffic as it was. Only the adapter knows if trying again helps.
10. Between rollouts, `restore` makes the target do again what it was asked, and `adopt` takes what it does as asked,
    or refuses for good where somebody else moves the traffic and would not know of it.
11. `foresee` changes nothing. It lists what a promotion along `weights` will call from here to the end, the same list
    each time for the same rollout and plan, and checks what would stop it.

Where `can.weights` are given, `shift` takes only those; a target may pass through lower shares on its way there.
Where `can.pace` is given, somebody else moves the traffic, or takes the release over at a side, and says how fast: a
verb is said again until a look shows it; elsewhere once is enough.

For a finished ref `observe` says `is_finished`, how its copies do and which share they have (100, and then 0 once a
later release has taken over); for one that was cleaned or never started, green ABSENT with 0. `abort` of a finished
ref makes the side that was blue before blue again, and the ref's own copies green.
`shift` gives no more traffic to a green of which no copy answers (TargetError, not permanent). While no copy of blue
answers but green's do, `abort` starts blue, or waits for whoever does (TargetError, not permanent), and leaves the
traffic for the next call; a first release has no blue, so its `abort` leaves nothing that serves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from releases.rules.foresight import Foresight
from releases.rules.observation import Capabilities, Observation
from releases.rules.pipelines.outside import Begun, Image


class TargetError(Exception):
    """The target refused or did not answer; `message` says what happened, in a sentence without its full stop."""

    def __init__(self, code: str, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent


@dataclass(frozen=True)
class Artifact:
    """What is to run: a release as a target sees it.

    `repository` is the path or address of the git repository that has `commit`; `image` is an OCI reference with its
    digest, or empty; `configuration` holds the environment variables.
    """

    service: str
    version: str
    digest: str
    commit: str
    repository: str = ""
    image: str = ""
    configuration: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ref:
    """One outside attempt: the id by which the target knows it."""

    outside_id: str


class Target(Protocol):
    """An environment's place, reached through its registry by the environment's configuration."""

    @property
    def can(self) -> Capabilities: ...

    def observe(self, ref: Ref | None) -> Observation: ...

    def start(self, artifact: Artifact, token: str) -> Ref: ...

    def shift(self, ref: Ref, weight: int) -> None: ...

    def finish(self, ref: Ref) -> None: ...

    def abort(self, ref: Ref) -> None: ...

    def clean(self, ref: Ref) -> None: ...

    def restore(self) -> None: ...

    def adopt(self) -> None: ...

    def foresee(self, ref: Ref, weights: Sequence[int]) -> Foresight: ...


class History(Protocol):
    """What was deployed to a place, whoever began it; nothing is changed by asking."""

    def begun(self, *, since: datetime, unended: Sequence[str]) -> Sequence[Begun]: ...

    def image(self, begun: Begun) -> Image: ...
