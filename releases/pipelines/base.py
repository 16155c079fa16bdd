"""The port to what builds a service's releases: its pipeline, its builds, its gates, its notices.

Eight promises, held by tests/contracts/test_pipeline.py for every adapter:

1. Nothing but `answer` and `confirm` changes anything outside; `delete` takes notices out of their queue.
2. Every verb returns within CALL_LIMIT_S and never waits for the outside to get anywhere.
3. `look` gives the newest executions, actions and gates, newest first, with the outside's own words of status.
4. A gate that waits comes with the token that answers it once; a decided one with who decided, as far as that is known.
5. `builds` leaves out those that are named as known. Of a build's variables only those come along that it exports by
   the names of rules.pipelines.provenance; plain environment variables are never read.
6. `answer` decides a waiting gate once. Where it was decided already, or its token belongs to an earlier asking, it
   raises TakenError and changes nothing.
7. A notice that was received comes again later unless it is deleted.
8. Whatever fails raises PipelineError with a sentence without keys. Only the adapter knows if trying again helps.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.seen import Build, Gate, Look

CALL_LIMIT_S = 60.0


class PipelineError(Exception):
    """The pipeline did not do as asked; the message says what happened, without its full stop."""

    def __init__(self, code: str, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent


class TakenError(PipelineError):
    """Somebody else has answered the gate, or it asks for something newer now."""


@dataclass(frozen=True)
class Config:
    """Where one service is built. `gates` are the stage and action of each manual approval that belongs to an
    environment; `images` is the image repository as Docker names it, without tag or digest.
    """

    region: str
    role_arn: str = ""
    external_id: str = ""
    name: str = ""
    project: str = ""
    images: str = ""
    gates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Image:
    """An image by its digest, with every tag that it has."""

    digest: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """One message of the queue. `handle` deletes it; `times` counts how often it was received."""

    id: str
    handle: str
    body: str
    times: int = 1


class Pipeline(Protocol):
    """One service's pipeline, builds and images."""

    def look(self) -> Look: ...

    def builds(self, known: Collection[str]) -> Sequence[Build]: ...

    def image(self, *, tags: Sequence[str] = (), digest: str = "") -> Image | None: ...

    def answer(self, gate: Gate, decision: Decision, summary: str) -> None: ...


class Mailbox(Protocol):
    """The queue that notices come by, and the topic that sends them over HTTPS."""

    def receive(self) -> Sequence[Notice]: ...

    def delete(self, notices: Sequence[Notice]) -> None: ...

    def confirm(self, topic: str, token: str) -> None: ...
