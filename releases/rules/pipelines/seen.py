"""What a pipeline says when it is asked: executions, stages, actions, builds. Nothing here is concluded yet.

A *gate* is a pipeline's manual approval action: there it waits for a person's yes or no.
The words of `status` are CodePipeline's and CodeBuild's own (botocore's models).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Execution:
    """One run of a pipeline. `commit` and `subject` are what its source brought."""

    id: str
    status: str
    note: str = ""
    commit: str = ""
    subject: str = ""
    started_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Action:
    """One try of one action of an execution. `work` names what it runs outside, such as a build's id.

    `by` is the ARN of whoever changed it last: at a gate, the person who decided.
    """

    id: str
    execution_id: str
    stage: str
    name: str
    status: str
    is_gate: bool = False
    is_build: bool = False
    at: datetime | None = None
    updated_at: datetime | None = None
    by: str = ""
    summary: str = ""
    link: str = ""
    work: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """One stage. `is_open` is false where its inbound transition is disabled: executions wait before it."""

    name: str
    execution_id: str = ""
    status: str = ""
    waiting_ids: tuple[str, ...] = ()
    is_open: bool = True
    closed_by: str = ""
    closed_at: datetime | None = None
    closed_reason: str = ""


@dataclass(frozen=True)
class Gate:
    """A gate as it stands now: the newest asking there, decided or not. `token` answers it once; it is never kept."""

    stage: str
    action: str
    id: str
    execution_id: str
    status: str
    token: str = field(default="", repr=False)
    by: str = ""
    summary: str = ""
    since: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        return self.status == "InProgress"


@dataclass(frozen=True)
class Look:
    """One look at a pipeline; executions and actions newest first."""

    executions: tuple[Execution, ...] = ()
    stages: tuple[Stage, ...] = ()
    actions: tuple[Action, ...] = ()
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True)
class Report:
    """What the build's test reports add up to."""

    total: int = 0
    passed: int = 0

    @property
    def failed(self) -> int:
        return self.total - self.passed


@dataclass(frozen=True)
class Build:
    """One build. Of its variables only those are here that it exports by the names of rules.pipelines.provenance:
    its plain environment variables may hold secrets, and are never read.
    """

    id: str
    status: str
    number: int | None = None
    commit: str = ""
    exported: Mapping[str, str] = field(default_factory=dict)
    log_url: str = ""
    note: str = ""
    tests: Report | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.status != "IN_PROGRESS"

    @property
    def has_succeeded(self) -> bool:
        return self.status == "SUCCEEDED"
