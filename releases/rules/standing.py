"""Everything that is known of a rollout at one moment: what decisions and guards look at, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from releases.rules.observation import Capabilities, Observation
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.reasons import Reason
from releases.rules.states import State
from releases.rules.verdict import Judgement


class Ask(StrEnum):
    """What may be asked of a rollout by a row."""

    PROMOTE = "promote"
    SKIP = "skip"
    REJECT = "reject"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"
    ROLL_BACK = "roll_back"
    RETRY = "retry"
    RESOLVE = "resolve"


@dataclass(frozen=True)
class Asked:
    """Who asked, and the note they left."""

    by: str
    note: str = ""


@dataclass(frozen=True)
class Standing:
    """One rollout, its environment's demands, the newest look at its target, and what people asked.

    `asked` is green's share in per cent that we told the target; `has_agreed` that the target was seen to do so since;
    `green_since` when green's health was first seen as it is. `observation` is None when the target did not answer, or
    was not asked yet. `blockers` are the lock and freezes; `doubts` are checks that did not pass and leave it to a
    person. `others` names the version of another rollout that is active in the environment, or is empty.
    """

    state: State
    state_since: datetime
    plan: Plan
    policy: Policy
    environment: str = ""
    version: str = ""
    is_rollback: bool = False
    step_index: int = 0
    step_since: datetime | None = None
    asked: int = 0
    has_agreed: bool = True
    has_started: bool = False
    green_since: datetime | None = None
    observation: Observation | None = None
    trouble: str = ""
    is_trouble_permanent: bool = False
    judgement: Judgement | None = None
    asks: Mapping[Ask, Asked] = field(default_factory=dict)
    paused_by: str = ""
    approvals_given: int = 0
    blockers: tuple[Reason, ...] = ()
    doubts: tuple[Reason, ...] = ()
    others: str = ""
    is_next: bool = True
    can: Capabilities = field(default_factory=Capabilities)

    @property
    def step(self) -> Step:
        return self.plan.steps[self.step_index]

    @property
    def is_last_step(self) -> bool:
        return self.step_index == len(self.plan.steps) - 1

    @property
    def has_approvals(self) -> bool:
        return self.is_rollback or self.approvals_given >= self.policy.approvals_needed

    def seconds_in_state(self, now: datetime) -> float:
        return (now - self.state_since).total_seconds()

    def seconds_in_step(self, now: datetime) -> float:
        return (now - (self.step_since or self.state_since)).total_seconds()
