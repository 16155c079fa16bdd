"""Builds and their phases, on the account's clock."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.codebuild.models import codebuild_backends

from simulator import control
from simulator.operations import AwsError, Context
from simulator.services.codebuild import notices
from simulator.services.codebuild.reports import Counts, write_report
from simulator.services.ecs.lives import Course, Life
from simulator.world import WORLD

# Seconds of each phase (the order is CodeBuild's; how long each takes is ours).
PHASES: Mapping[str, float] = {
    "SUBMITTED": 0,
    "QUEUED": 2,
    "PROVISIONING": 10,
    "DOWNLOAD_SOURCE": 3,
    "INSTALL": 20,
    "PRE_BUILD": 30,
    "BUILD": 60,
    "POST_BUILD": 10,
    "UPLOAD_ARTIFACTS": 2,
    "FINALIZING": 2,
}


@dataclass(frozen=True)
class Outcome:
    """How a build will go: the phase that fails ("" for none), what it says, what it exports, and its tests."""

    failed_phase: str = ""
    message: str = "Error while executing command: make check. Reason: exit status 2"
    exported: Mapping[str, str] = field(default_factory=dict)
    tests: Counts | None = None
    report_group: str = "tests"


@dataclass(eq=False)
class Phase:
    """One phase of a build."""

    type: str
    started_at: datetime
    ended_at: datetime | None = None
    status: str = ""
    message: str = ""


@dataclass(eq=False)
class Build:
    """One build. `given` holds what StartBuild was told; `on_end` hears of its end."""

    context: Context
    project: Mapping[str, Any]
    number: int
    given: Mapping[str, Any]
    outcome: Outcome
    initiator: str
    commit: str = ""
    on_end: Callable[[], None] = lambda: None
    id: str = ""
    status: str = "IN_PROGRESS"
    started_at: datetime = field(default_factory=WORLD.now)
    ended_at: datetime | None = None
    phases: list[Phase] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    exported: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.id = self.id or f"{self.project['name']}:{uuid.uuid4()}"
        self._life = Life(self._run()).begin()

    @property
    def arn(self) -> str:
        return f"arn:aws:codebuild:{self.context.region}:{self.context.account}:build/{self.id}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    def stop(self) -> None:
        """Will end it where it is; a build that is over stays as it is."""
        if self.is_over:
            return
        self._life.cancel()
        self._close("STOPPED")
        self._end("STOPPED")

    def _run(self) -> Course:
        notices.tell_of_build(self)
        fails = False
        for name, seconds in PHASES.items():
            # After a phase that fails only what tidies up runs, and POST_BUILD after BUILD (user guide, buildspec).
            is_skipped = fails and name not in {"UPLOAD_ARTIFACTS", "FINALIZING"}
            if is_skipped and not (name == "POST_BUILD" and self.outcome.failed_phase == "BUILD"):
                continue
            self.phases.append(Phase(name, WORLD.now()))
            yield seconds
            is_failing = name == self.outcome.failed_phase
            fails = fails or is_failing
            self._close("FAILED" if is_failing else "SUCCEEDED", self.outcome.message if is_failing else "")
            if name == "BUILD" and self.outcome.tests is not None:
                self.reports.append(write_report(self.outcome.report_group, self.id, self.outcome.tests, self.context))
        # Variables are exported as they are when the build ends, also when it fails.
        self.exported = self.outcome.exported
        self._end("FAILED" if fails else "SUCCEEDED")

    def _close(self, status: str, message: str = "") -> None:
        phase = self.phases[-1]
        phase.status, phase.message, phase.ended_at = status, message, WORLD.now()
        notices.tell_of_phase(self, phase)

    def _end(self, status: str) -> None:
        self.status, self.ended_at = status, WORLD.now()
        self.phases.append(Phase("COMPLETED", WORLD.now()))
        notices.tell_of_build(self)
        WORLD.after(0, self.on_end)


@dataclass
class _Store:
    builds: dict[tuple[str, str], dict[str, Build]] = field(default_factory=dict)
    planned: dict[str, list[Outcome]] = field(default_factory=dict)
    always: dict[str, Outcome] = field(default_factory=dict)


_STORE = _Store()


def plan(project: str, outcome: Outcome, *, is_lasting: bool = False) -> None:
    """Will make the next build of `project` go as `outcome` says, or every one that nothing else is planned for."""
    if is_lasting:
        _STORE.always[project] = outcome
    else:
        _STORE.planned.setdefault(project, []).append(outcome)


def of(context: Context) -> dict[str, Build]:
    """Will give the builds of the caller's account and region by id, oldest first."""
    return _STORE.builds.setdefault((context.account, context.region), {})


def find(name: str, context: Context) -> Build:
    """Will find a build by its id or ARN. Raises AwsError."""
    id_ = name.rpartition("build/")[2]
    if id_ not in of(context):
        raise AwsError("ResourceNotFoundException", f"Build {id_} does not exist")
    return of(context)[id_]


def project_of(name: str, context: Context) -> Mapping[str, Any]:
    """Will give moto's project by its name or ARN. Raises AwsError."""
    found = codebuild_backends[context.account][context.region].codebuild_projects.get(name.rpartition("project/")[2])
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Project cannot be found: {name}")
    return found.project_metadata


def start(
    project: str,
    context: Context,
    *,
    given: Mapping[str, Any] | None = None,
    initiator: str = "",
    commit: str = "",
    on_end: Callable[[], None] = lambda: None,
) -> Build:
    """Will start a build, of a commit where one is known. Raises AwsError for a project that isn't there."""
    known = project_of(project, context)
    name = known["name"]
    waiting = _STORE.planned.get(name)
    outcome = waiting.pop(0) if waiting else _STORE.always.get(name, Outcome())
    number = 1 + sum(one.project["name"] == name for one in of(context).values())
    build = Build(context, known, number, given or {}, outcome, initiator or "root", commit, on_end)
    of(context)[build.id] = build
    return build


def stop(name: str, context: Context) -> Build:
    """Will stop a build. Raises AwsError for one that isn't there."""
    build = find(name, context)
    build.stop()
    return build


@WORLD.on_reset
def _empty() -> None:
    _STORE.builds.clear()
    _STORE.planned.clear()
    _STORE.always.clear()


def _control(body: control.Body) -> Any:
    """{"project", "failed_phase", "message", "exported", "tests": {"total", "passed"}, "is_lasting"}."""
    tests = Counts(**body["tests"]) if body.get("tests") else None
    known = {name: body[name] for name in ("failed_phase", "message", "exported", "report_group") if name in body}
    plan(body["project"], Outcome(**known, tests=tests), is_lasting=bool(body.get("is_lasting")))
    return {}


control.register("codebuild/outcomes", _control)
