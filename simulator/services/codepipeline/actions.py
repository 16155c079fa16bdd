"""Actions: what each kind of them does, how long it takes, and how it ends."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator import control
from simulator.operations import AwsError
from simulator.services import codebuild
from simulator.services.codecommit.operations import commit
from simulator.services.codecommit.repositories import head
from simulator.services.codepipeline import notices
from simulator.services.ecs.lives import FOREVER, Course, Life
from simulator.world import WORLD

if TYPE_CHECKING:
    from simulator.services.codepipeline.executions import Execution

# How long what only has to end takes (not documented: our reading).
SOURCE_S = 5
OTHER_S = 30
# User guide, "Quotas": an approval fails after seven days, unless its action says otherwise.
APPROVAL_MINUTES = 7 * 24 * 60

FAILING: dict[tuple[str, str], list[str]] = {}


def fail_next(pipeline: str, action: str, message: str = "The action failed.") -> None:
    """Will make the next run of an action fail with `message`; builds fail by `codebuild.plan`."""
    FAILING.setdefault((pipeline, action), []).append(message)


@WORLD.on_reset
def _empty() -> None:
    FAILING.clear()


def _control(body: control.Body) -> Any:
    fail_next(body["pipeline"], body["action"], body.get("message", "The action failed."))
    return {}


control.register("codepipeline/failures", _control)


class ActionError(Exception):
    """An action failed; code and message are those of its error details."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(eq=False)
class ActionRun:
    """One run of one action. `on_end` hears that it is over."""

    execution: "Execution"
    stage: str
    action: Mapping[str, Any]
    on_end: Callable[[], None]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started_at: datetime = field(default_factory=WORLD.now)
    changed_at: datetime = field(default_factory=WORLD.now)
    status: str = "InProgress"
    summary: str = ""
    error_code: str = ""
    token: str = ""
    by: str = ""
    work_id: str = ""
    work_url: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    answer: str = ""

    @property
    def name(self) -> str:
        return str(self.action["name"])

    @property
    def category(self) -> str:
        return str(self.action["actionTypeId"]["category"])

    @property
    def provider(self) -> str:
        return str(self.action["actionTypeId"]["provider"])

    @property
    def configuration(self) -> Mapping[str, str]:
        return self.action.get("configuration") or {}

    @property
    def is_over(self) -> bool:
        return self.status != "InProgress"

    @property
    def expires_at(self) -> datetime:
        """When an approval fails by itself."""
        return self.started_at + timedelta(minutes=int(self.action.get("timeoutInMinutes") or APPROVAL_MINUTES))

    def begin(self) -> "ActionRun":
        """Will start it."""
        notices.tell_of_action(self, "STARTED")
        self._life = Life(self._run()).begin()
        return self

    def decide(self, status: str, summary: str, by: str) -> None:
        """Will take the answer to an approval."""
        self.answer, self.summary, self.by = status, summary, by
        self._life.wake()

    def _wake(self) -> None:
        self._life.wake()

    def abandon(self) -> None:
        """Will stop waiting for it; what it does outside goes on."""
        if not self.is_over:
            self._life.cancel()
            self._end("Abandoned", "ABANDONED")

    def _run(self) -> Course:
        try:
            yield from self._work()
        except ActionError as error:
            self.summary, self.error_code = str(error), error.code
            self._end("Failed", "FAILED")
            return
        self._end("Succeeded", "SUCCEEDED")

    def _work(self) -> Course:
        failing = FAILING.get((self.execution.pipeline.name, self.name))
        if failing:
            yield SOURCE_S
            raise ActionError("JobFailed", failing.pop(0))
        match self.category, self.provider:
            case "Source", _:
                yield SOURCE_S
                self._fetch()
            case _, "CodeBuild":
                yield from self._build()
            case "Approval", _:
                yield from self._approve()
            case _:
                yield OTHER_S

    def _end(self, status: str, state: str) -> None:
        self.status, self.changed_at = status, WORLD.now()
        notices.tell_of_action(self, state)
        self.on_end()

    def _fetch(self) -> None:
        context, wanted = self.execution.context, self.execution.wanted.get(self.name, "")
        repository, branch = self.configuration.get("RepositoryName", ""), self.configuration.get("BranchName", "")
        known = None
        if self.provider == "CodeCommit":
            try:
                wanted = wanted or head(repository, branch, context)
            except AwsError as error:
                raise ActionError("ConfigurationError", str(error.message)) from error
            known = commit(repository, wanted, context)
            if known is None:
                raise ActionError("ConfigurationError", f"Commit {wanted} does not exist")
        message = known["message"].strip() if known else ""
        self.summary = message.partition("\n")[0]
        self.work_id = wanted or uuid.uuid4().hex
        self.variables = {
            "CommitId": self.work_id,
            "BranchName": branch,
            "RepositoryName": repository,
            "CommitMessage": message,
        }
        self.execution.fetched(self, message)

    def _build(self) -> Course:
        project = self.configuration.get("ProjectName", "")
        name = self.execution.pipeline.name
        commits = [one["revisionId"] for one in self.execution.revisions]
        try:
            build = codebuild.start(
                project,
                self.execution.context,
                initiator=f"codepipeline/{name}",
                commit=commits[0] if commits else "",
                on_end=self._wake,
            )
        except AwsError as error:
            raise ActionError("ConfigurationError", str(error.message)) from error
        self.work_id, self.work_url = build.id, f"https://console.aws.amazon.com/codebuild/home#/builds/{build.id}/view"
        while not build.is_over:
            yield FOREVER
        self.variables = dict(build.exported)
        if build.status != "SUCCEEDED":
            phase = next((one for one in build.phases if one.status == build.status), build.phases[-1])
            raise ActionError(
                "JobFailed",
                f"Build terminated with state: {build.status}. Phase: {phase.type}, "
                f"Code: COMMAND_EXECUTION_ERROR, Message: {phase.message}",
            )

    def _approve(self) -> Course:
        self.token = str(uuid.uuid4())
        notices.ask_for_approval(self)
        while not self.answer and WORLD.now() < self.expires_at:
            yield (self.expires_at - WORLD.now()).total_seconds()
        self.token = ""
        if not self.answer:
            raise ActionError("TimeoutExpired", "The approval was not answered in time.")
        if self.answer == "Rejected":
            raise ActionError("JobFailed", self.summary)
