"""Real processes on a CodeDeploy environment die by SIGKILL, also while AWS holds its answer back; others go on.

One right end, and AWS does nothing twice: that is counted in what the account was really asked.
"""

import os
import random
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.db import connection

from portal.accounts import actors
from portal.accounts.permissions import Role
from portal.configuration import BASE_DIR
from releases.operations import approvals, rollouts
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.states import ENDED, State
from simulator.faults import Kind
from tests import factories
from tests.contracts.codedeploy import CodeDeployRig
from tests.portal.stack.running import await_true

pytestmark = pytest.mark.django_db(transaction=True)
# So many of the account's seconds are one of the machine's: a lease runs out in two of these.
SPEED = 60.0
LIMIT_S = 120.0
HOLD_S = 10.0
MOST_DEATHS = 60
PLAN = Plan((Step(100, is_analysed=False),), bake_s=120)
POLICY = Policy(opens_by_itself=False, deploy_limit_s=10_800, rollback_limit_s=10_800, locks_after_rollback=False)
PROMOTED = {
    "ecs:RegisterTaskDefinition": 1,
    "codedeploy:CreateDeployment": 1,
    "codedeploy:ContinueDeployment": 2,
    "codedeploy:StopDeployment": 0,
}
ROLLED_BACK = {**PROMOTED, "codedeploy:ContinueDeployment": 1, "codedeploy:StopDeployment": 1}


class Scene:
    """An environment, its people, and the processes that move it."""

    def __init__(self, account, tmp_path) -> None:
        self.account, self.folder = account, tmp_path
        self.rig = CodeDeployRig(account)
        account.world.clock.run_at(SPEED)
        self.environment = factories.environment(
            PLAN, POLICY, target="codedeploy", target_config=self.rig.stage.target_config
        )
        self.approver = factories.user(Role.APPROVER, Role.OPERATOR)
        image = self.rig.stage.ground.image("1.1.0")
        release = factories.release(self.environment.service, "1.1.0", artifact=image)
        opened = {"environment_id": self.environment.pk, "release_id": release.pk}
        rollouts.open(**opened, by=factories.actor(Role.DEVELOPER), now=self.now())

    @property
    def rollout(self):
        return self.environment.rollouts.get()

    def now(self):
        return self.account.world.now()

    def spawn(self, *words):
        """Will start a process that ticks, or asks for something."""
        command = [sys.executable, "-m", "tests.journeys.lone_process"]
        place = [str(connection.settings_dict["NAME"]), self.now().isoformat(), str(SPEED)]
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                [*command, *place, *map(str, words)],
                cwd=BASE_DIR,
                # What is killed leaves its files behind.
                env={**os.environ, "TMPDIR": str(self.folder)},
                stdout=output,
                stderr=output,
            )

    @contextmanager
    def ticking(self):
        """Will have a process tick while the block lasts, and kill it at the end of it."""
        process = self.spawn()
        try:
            yield process
        finally:
            kill(process)

    def until(self, *states):
        await_true(lambda: self.rollout.state in states, limit_s=LIMIT_S, what=f"{states}; {self.told()}")

    def told(self):
        return f"{self.rollout.state}, {self.rollout.reason_sentence}; {(self.folder / 'output').read_text()[-2000:]}"

    def promote(self):
        for verb in (approvals.approve, rollouts.promote):
            verb(rollout_id=self.rollout.pk, by=actors.from_user(self.approver), now=self.now())

    def effects(self):
        return {name: self.rig.effects(name) for name in PROMOTED}


def kill(process) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.fixture
def scene(account, tmp_path, transactional_db):
    return Scene(account, tmp_path)


def die_while_it_is_held(scene, operation, kind, *words):
    """A process is killed while it waits for the answer to `operation`, which AWS has done, or never will."""
    fault = scene.account.fault(f"codedeploy:{operation}", kind, hold_s=HOLD_S)
    process = scene.spawn(*words)
    try:
        await_true(lambda: fault.hits, limit_s=LIMIT_S, what=f"{operation} is asked; {scene.told()}")
    finally:
        kill(process)
    scene.account.world.faults.clear()


HELD = pytest.mark.parametrize("kind", [Kind.HOLD_BEFORE, Kind.HOLD_AFTER])


@HELD
def test_killed_while_a_deployment_is_created(scene, kind):
    die_while_it_is_held(scene, "CreateDeployment", kind)
    with scene.ticking():
        scene.until(State.READY)
        scene.promote()
        scene.until(State.SUCCEEDED)
    assert (scene.rig.serving(), scene.effects()) == ("1.1.0", PROMOTED)


@HELD
def test_killed_while_a_deployment_is_continued(scene, kind):
    with scene.ticking():
        scene.until(State.READY)
    scene.promote()
    die_while_it_is_held(scene, "ContinueDeployment", kind)
    with scene.ticking():
        scene.until(State.SUCCEEDED)
    assert (scene.rig.serving(), scene.effects()) == ("1.1.0", PROMOTED)


@HELD
def test_killed_while_a_deployment_is_stopped(scene, kind):
    with scene.ticking():
        scene.until(State.READY)
        scene.promote()
        scene.until(State.BAKING)
    # Who clicks on Roll back has the call made by the very process that answers.
    die_while_it_is_held(scene, "StopDeployment", kind, "roll_back", scene.rollout.pk, scene.approver.pk)
    with scene.ticking():
        scene.until(State.ROLLED_BACK)
    assert (scene.rig.serving(), scene.effects()) == ("1.0.0", ROLLED_BACK)


def test_killed_again_and_again_at_any_moment(scene):
    seed = random.randrange(1_000_000)
    moments = random.Random(seed)
    has_promoted = False
    for _ in range(MOST_DEATHS):
        limit = len(scene.account.world.journal.calls) + moments.randrange(2, 40)
        with scene.ticking() as process:
            await_true(lambda: is_time(scene, limit, has_promoted), limit_s=LIMIT_S, what=f"seed {seed}: it asks AWS")  # noqa: B023
            assert process.poll() is None, scene.told()
        if scene.rollout.state in ENDED:
            break
        if scene.rollout.state == State.READY and not has_promoted:
            scene.promote()
            has_promoted = True
    assert scene.rollout.state == State.SUCCEEDED, f"seed {seed}: {scene.told()}"
    assert (scene.rig.serving(), scene.effects()) == ("1.1.0", PROMOTED), f"seed {seed}"


def is_time(scene, limit, has_promoted) -> bool:
    """Whether the process has asked AWS so often, or waits for people."""
    is_waiting = scene.rollout.state == State.READY and not has_promoted
    return len(scene.account.world.journal.calls) >= limit or is_waiting or scene.rollout.state in ENDED
