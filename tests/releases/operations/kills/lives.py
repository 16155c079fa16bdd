"""Lives of rollouts on the simulated account, in which every process dies young and another takes over."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.models import Environment, PipelineLink, Rollout
from releases.operations import approvals, glances, rollouts
from releases.operations.advance.machine import Advanced
from releases.operations.advance.machine import advance as look
from releases.operations.pipelines import hearing
from releases.operations.refusal import Refused
from releases.rules.decide import Call, Decision
from releases.rules.policy import Policy
from releases.rules.states import State
from releases.targets import registry
from simulator.services import events
from tests import factories
from tests.account import REGION, Account, AccountClock
from tests.releases.operations.conftest import Place
from tests.releases.operations.kills import scenes
from tests.releases.operations.kills.mortal import Bodies, Mortal
from tests.releases.operations.kills.scenes import Scene

# How events of CodeDeploy and ECS come: EventBridge promises nothing of them.
LOST, DOUBLED, LATE, REORDERED = "lost", "doubled", "late", "reordered"
LATE_S = 90.0
LONGEST_S = 7200
# The account's own next happening is looked at, but no closer and no further than this.
LEAST_STEP_S, MOST_STEP_S = 25.0, 120.0
MOST_LOOKS = 40
POLICY = Policy(opens_by_itself=False, deploy_limit_s=3600, rollback_limit_s=3600, locks_after_rollback=False)


@dataclass
class Lives:
    """One environment on which one rollout after the other lives.

    Each look at it, and each click, is a process's that dies after its change with the number `at`; the next one lives.
    """

    place: Place
    scene: Scene
    bodies: Bodies
    way: str = LOST
    at: int = 0
    deaths: Counter[str] = field(default_factory=Counter)
    _astray: list[events.Disturbance] = field(default_factory=list)

    @classmethod
    def on(cls, scene: Scene, way: str, patch: Any) -> "Lives":
        """Will make an environment on the scene, and its people; `patch` is pytest's."""
        bodies = Bodies()
        patch.setattr(registry, "MAKERS", scenes.all_makers(scene, bodies))
        environment = factories.environment(scene.plan, POLICY, target=scene.kind, target_config=scene.config)
        roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
        place = Place(environment, AccountClock(scene.account), *(factories.actor(role) for role in roles))
        _hear(scene.account, environment)
        return cls(place, scene, bodies, way)

    def __post_init__(self) -> None:
        if self.way != REORDERED:
            kind = {LOST: "lose", DOUBLED: "double", LATE: "delay"}[self.way]
            events.disturb(kind, times=None, delay_s=LATE_S)

    def begin(self, version: str, *, at: int) -> None:
        """Will open a rollout whose processes die after their change `at`."""
        # Everything of the one before has come to its end on the account.
        self.scene.account.advance(hours=2)
        self._due()
        self.at = at
        self.deaths.clear()
        self.scene.account.world.journal.clear()
        release = factories.release(self.place.environment.service, **self.scene.artifact(version))
        self.place.open(release)

    def until(self, wanted: State) -> Rollout:
        """Will let processes tick, die and be followed by others until the rollout is where it is wanted."""
        limit = self.place.now().timestamp() + LONGEST_S
        while self.place.now().timestamp() < limit:
            for rollout_id in self._due():
                self._settle(rollout_id)
            if self.place.rollout.state == wanted:
                return self.place.rollout
            self._turn()
        rollout = self.place.rollout
        raise AssertionError(f"killed at {self.at}: never {wanted}: {rollout.state}, {rollout.reason_sentence}")

    def promote(self) -> None:
        """Will have people approve and promote."""
        for verb in (approvals.approve, rollouts.promote):
            self.click(verb)

    def click(self, verb: Callable[..., Any]) -> None:
        """Will have a person ask for `verb`; where the process dies that was asked, they ask again."""
        if not self._live(lambda: self.place.act(verb), at=self.at):
            self._take_over()
            # Refused means that it had been asked: the death came after the commit.
            with suppress(Refused):
                self.place.act(verb)

    def _settle(self, rollout_id: int) -> None:
        """Will do what `settle` does, with a process, and a death, for each look."""
        last: Decision | None = None
        for _ in range(MOST_LOOKS):
            done: list[Advanced] = []
            act = partial(self._look, rollout_id, done)
            if not self._live(act, at=self.at):
                done = self._take_over()
            moved = [one.decision for one in done if one.has_moved]
            # A call that is decided again has not shown its effect yet.
            if not moved or (isinstance(moved[-1], Call) and moved[-1] == last):
                return
            last = moved[-1]

    def _take_over(self) -> list[Advanced]:
        """Another process goes on once the lease has run out: by the tick, or because it heard something, or twice."""
        self.place.environment.rollouts.update(lease_until=None)
        done: list[Advanced] = []
        for _ in range(2 if self.way == DOUBLED else 1):
            for rollout_id in self._due():
                self._look(rollout_id, done)
        return done

    def _look(self, rollout_id: int, done: list[Advanced]) -> None:
        done.append(look(rollout_id, now=self.place.now()))

    def _due(self) -> list[int]:
        hearing.hear_queues(now=self.place.now())
        return list(glances.due(now=self.place.now()))

    def _live(self, act: Callable[[], object], *, at: int) -> bool:
        self.bodies.now = mortal = Mortal(at)
        has_lived = mortal.do(act)
        self.bodies.now = Mortal()
        if not has_lived:
            self.deaths[mortal.changes[-1]] += 1
        return has_lived

    def _turn(self) -> None:
        if self.way == REORDERED and all(one.hits for one in self._astray):
            # Every other event is overtaken by the one after it.
            self._astray.append(events.disturb("reorder"))
        next_s = self.scene.account.world.schedule.next_in() or MOST_STEP_S
        self.scene.account.advance(seconds=min(max(next_s, LEAST_STEP_S), MOST_STEP_S))


def _hear(account: Account, environment: Environment) -> None:
    """Will lead the account's events to a queue that the portal hears."""
    sqs = account.client("sqs")
    # The account's clock stands still: what has not come by now does not come in a second of ours.
    sqs.meta.events.register("before-parameter-build.sqs.ReceiveMessage", _do_not_wait)
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["aws.codedeploy", "aws.ecs"]})
    account.client("events").put_rule(Name="all", EventPattern=pattern)
    account.client("events").put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    now = account.world.now()
    facts = {"region": REGION, "name": "shop", "queue_url": url, "followed_since": now, "looked_at": now}
    PipelineLink.objects.create(service=environment.service, **facts)


def every_promotion(lives: Lives, begins_with: str = "1.0.0") -> set[str]:
    """Will promote until no process dies any more, and give what the dead had done last."""
    died: set[str] = set()
    serving = begins_with
    for at in count(1):
        serving = "1.1.0" if serving == "1.0.0" else "1.0.0"
        lives.begin(serving, at=at)
        lives.until(State.READY)
        lives.promote()
        lives.until(State.SUCCEEDED)
        check(lives, State.SUCCEEDED, serving, lives.scene.promoted)
        if not lives.deaths:
            break
        died |= set(lives.deaths)
    return died


def every_rollback(lives: Lives) -> set[str]:
    """Will roll back after the traffic has moved, until no process dies any more; gives what the dead had done last."""
    died: set[str] = set()
    for at in count(1):
        lives.begin("1.1.0", at=0)
        lives.until(State.READY)
        lives.promote()
        lives.until(State.BAKING)
        lives.at = at
        lives.click(rollouts.roll_back)
        lives.until(State.ROLLED_BACK)
        check(lives, State.ROLLED_BACK, "1.0.0", lives.scene.rolled_back)
        if not lives.deaths:
            break
        died |= set(lives.deaths)
    return died


def _do_not_wait(params: dict[str, Any], **_: Any) -> None:
    params["WaitTimeSeconds"] = 0


def check(lives: Lives, state: State, serving: str, effects: Mapping[str, int]) -> None:
    """Will hold a rollout that has ended to its one right end: nothing done or told twice, nothing stuck."""
    rollout = lives.place.rollout
    told = f"died at {lives.at}"
    assert (rollout.state, rollout.lease_until) == (state, None), told
    assert lives.scene.serving() == serving, told
    assert scenes.effects(lives.scene) == effects, told
    assert not rollout.requests.filter(settled_at=None).exists(), told
    moves = Event.objects.filter(rollout_id=rollout.pk).exclude(to_state="").values_list("from_state", "to_state")
    assert set(Counter(moves).values()) == {1}, told
