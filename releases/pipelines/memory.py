"""A pipeline in this process, for tests and rehearsals: Source, Build, then a gate in a stage of its own, Deploy."""

import threading
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from releases.pipelines.base import Image, Notice, PipelineError, TakenError
from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.provenance import EXPORTED
from releases.rules.pipelines.seen import Action, Build, Execution, Gate, Look, Report, Stage

BUILD, GATE = ("Build", "Build"), ("Deploy", "Approve")
US = "arn:aws:sts::111122223333:assumed-role/verdigris-portal/verdigris"


@dataclass
class MemoryPipeline:
    """`trouble` makes every verb fail with that sentence; `loses_answers` makes `answer` fail after it was done."""

    executions: list[Execution] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)
    done: list[Build] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    trouble: str = ""
    loses_answers: bool = False
    answers: list[tuple[Decision, str]] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def look(self) -> Look:
        """Will give everything, newest first."""
        with self._called("look"):
            newest_first = (tuple(reversed(rows)) for rows in (self.executions, self.actions, self.gates))
            executions, actions, gates = newest_first
            return Look(executions, tuple(self.stages.values()), actions, gates)  # type: ignore[arg-type]

    def builds(self, known: Collection[str]) -> Sequence[Build]:
        """Will give the builds but those known, oldest first."""
        with self._called("builds"):
            return [build for build in self.done if build.id not in known]

    def image(self, *, tags: Sequence[str] = (), digest: str = "") -> Image | None:
        """Will find an image by its digest, or by the first of `tags` that there is."""
        with self._called("image"):
            by_tag = (image for tag in tags for image in self.images if tag in image.tags)
            by_digest = (image for image in self.images if image.digest == digest)
            return next(by_digest if digest else by_tag, None)

    def answer(self, gate: Gate, decision: Decision, summary: str) -> None:
        """Will decide the gate. Raises TakenError where it was decided, or asks for something newer."""
        with self._called("answer"):
            asked = next((one for one in self.gates if one.token == gate.token and one.is_waiting), None)
            if asked is None or not gate.token:
                raise TakenError("taken", f"Somebody has answered {gate.action} in {gate.stage}", permanent=True)
            self.answers.append((decision, summary))
            self.decide(decision, by=US, summary=summary)
            if self.loses_answers:
                raise PipelineError("Unanswered", "The answer was lost", permanent=False)

    # What happens outside, by tests' hands.

    def start(self, commit: str, *, at: datetime, subject: str = "") -> str:
        """Will begin an execution, and its build."""
        execution = str(uuid.uuid4())
        self.executions.append(Execution(execution, "InProgress", "", commit, subject, at, at))
        self._act(execution, BUILD, at=at, work=f"build:{uuid.uuid4()}")
        build = self.actions[-1].work
        self.done.append(Build(build, "IN_PROGRESS", number=len(self.done) + 1, commit=commit, started_at=at))
        return execution

    def finish_build(
        self, exported: Mapping[str, str], *, at: datetime, status: str = "SUCCEEDED", tests: Report | None = None
    ) -> None:
        """Will end the newest build, and ask at the gate where it went well."""
        execution = self.end_build(exported, at=at, status=status, tests=tests)
        if status == "SUCCEEDED":
            self.ask(execution, at=at)
        else:
            self.end(execution, "Failed", at=at)

    def end_build(
        self, exported: Mapping[str, str], *, at: datetime, status: str = "SUCCEEDED", tests: Report | None = None
    ) -> str:
        """Will end the newest build and give its execution."""
        action = next(one for one in reversed(self.actions) if one.is_build)
        known = {name: value for name, value in exported.items() if name in EXPORTED}
        self.done[-1] = replace(
            self.done[-1], status=status, exported=known, ended_at=at, tests=tests, log_url="https://logs/1"
        )
        self._end(action, "Succeeded" if status == "SUCCEEDED" else "Failed", at=at)
        return action.execution_id

    def ask(self, execution: str, *, at: datetime) -> Gate:
        """Will ask at the gate; what was asked there before is abandoned."""
        self.gates = [replace(one, status="Abandoned", token="") if one.is_waiting else one for one in self.gates]
        action = self._act(execution, GATE, at=at, is_gate=True)
        gate = Gate(*GATE, action.id, execution, "InProgress", str(uuid.uuid4()), since=at)
        self.gates.append(gate)
        return gate

    def decide(self, decision: Decision, *, by: str, summary: str = "") -> None:
        """Will decide the gate that waits, as a person at the console does."""
        gate = self.gates[-1]
        status = "Succeeded" if decision is Decision.APPROVED else "Failed"
        self.gates[-1] = replace(gate, status=status, token="", by=by, summary=summary)
        action = next(one for one in self.actions if one.id == gate.id)
        self._end(action, status, at=gate.since, by=by, summary=summary)
        self.end(gate.execution_id, status, at=gate.since)

    def end(self, execution: str, status: str, *, at: datetime | None, note: str = "") -> None:
        """Will end an execution: Succeeded, Failed, Stopped, Superseded, …"""
        self.executions = [
            replace(one, status=status, note=note, updated_at=at) if one.id == execution else one
            for one in self.executions
        ]

    def _act(
        self, execution: str, place: tuple[str, str], *, at: datetime, work: str = "", is_gate: bool = False
    ) -> Action:
        stage, name = place
        action = Action(
            str(uuid.uuid4()), execution, stage, name, "InProgress", is_gate, not is_gate, at, at, work=work
        )
        self.actions.append(action)
        self.stages[stage] = Stage(stage, execution, "InProgress")
        return action

    def _end(self, action: Action, status: str, *, at: datetime | None, by: str = "", summary: str = "") -> None:
        ended = replace(action, status=status, updated_at=at, by=by, summary=summary)
        self.actions = [ended if one.id == action.id else one for one in self.actions]

    @contextmanager
    def _called(self, verb: str) -> Iterator[None]:
        with self._lock:
            if self.trouble:
                raise PipelineError("trouble", f"{self.trouble} ({verb})", permanent=False)
            yield


@dataclass
class MemoryMailbox:
    """Notices that come again until they are deleted; `confirmed` are the topics that were."""

    notices: list[Notice] = field(default_factory=list)
    confirmed: list[tuple[str, str]] = field(default_factory=list)
    trouble: str = ""

    def put(self, body: str) -> None:
        """Will put a notice into the queue."""
        name = str(uuid.uuid4())
        self.notices.append(Notice(name, name, body, 0))

    def receive(self) -> Sequence[Notice]:
        """Will give the next ten."""
        self._fail()
        self.notices = [replace(one, times=one.times + 1) for one in self.notices]
        return self.notices[:10]

    def delete(self, notices: Sequence[Notice]) -> None:
        """Will take them out."""
        self._fail()
        gone = {notice.handle for notice in notices}
        self.notices = [one for one in self.notices if one.handle not in gone]

    def confirm(self, topic: str, token: str) -> None:
        """Will remember that it was confirmed."""
        self._fail()
        self.confirmed.append((topic, token))

    def _fail(self) -> None:
        if self.trouble:
            raise PipelineError("trouble", self.trouble, permanent=False)


_PIPELINES: dict[str, MemoryPipeline] = {}
_MAILBOXES: dict[str, MemoryMailbox] = {}
_LOCK = threading.Lock()


def named(name: str) -> MemoryPipeline:
    """Will give this process's pipeline of that name, the same each time."""
    with _LOCK:
        return _PIPELINES.setdefault(name, MemoryPipeline())


def mailbox(name: str) -> MemoryMailbox:
    """Will give this process's mailbox of that name, the same each time."""
    with _LOCK:
        return _MAILBOXES.setdefault(name, MemoryMailbox())


def forget_all() -> None:
    """Will drop every pipeline and mailbox, as at the end of a test."""
    with _LOCK:
        _PIPELINES.clear()
        _MAILBOXES.clear()
