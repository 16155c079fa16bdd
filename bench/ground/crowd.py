"""Many rollouts at once on the simulated account, each waiting for a deployment of its own."""

import random
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bench.ground.aws_stage import Crew
from releases.models import Deployment, Rollout
from releases.operations import glances
from releases.rules.observation import Health
from releases.rules.states import State
from simulator.services.codedeploy import deployments as outside

LAST_EVENT = "AfterAllowTestTraffic"
# The same moments in each run.
SEED = 20_261_123


@dataclass(frozen=True)
class Crowd:
    """Rollouts by their ids, each with the account's deployment that it waits for."""

    crew: Crew
    members: Mapping[int, outside.Deployment]

    def become_ready_within(self, seconds: float) -> dict[int, datetime]:
        """Will let each deployment become ready at a moment of its own in the next `seconds`; gives the moments."""
        now, draw, world = self.crew.now(), random.Random(SEED), self.crew.account.simulator.world
        moments = {rollout_id: draw.random() * seconds for rollout_id in self.members}
        for rollout_id, after_s in moments.items():
            world.after(after_s, partial(_become_ready, self.members[rollout_id]))
        return {rollout_id: now + timedelta(seconds=after_s) for rollout_id, after_s in moments.items()}

    def noticed(self) -> set[int]:
        """Will give the rollouts that the portal shows as ready."""
        return set(Rollout.objects.filter(pk__in=self.members, state=State.READY).values_list("pk", flat=True))


def gather(crew: Crew, number: int) -> Crowd:
    """Will make `number` rollouts whose deployments run their last hook before they are ready, as the portal knows."""
    first = crew.drive(crew.open("1.1.0"), State.READY)
    ready = outside.DEPLOYMENTS[first.deployment.outside_id]
    members = {rollout_id: _like(ready, f"d-{rollout_id:09d}") for rollout_id in crew.copies_of(first, number)}
    outside.DEPLOYMENTS.update({one.id: one for one in members.values()})
    _keep(members, crew.now())
    return Crowd(crew, members)


def _keep(members: Mapping[int, outside.Deployment], now: datetime) -> None:
    """When each was last looked at as a whole is spread, as it is among rollouts that wait for long."""
    draw = random.Random(SEED)
    for rollout_id, deployment in members.items():
        Deployment.objects.filter(rollout=rollout_id).update(
            outside_id=deployment.id,
            green=Health.STARTING,
            outside_status=f"{deployment.id} InProgress: {LAST_EVENT}",
            observed_at=now - draw.random() * glances.LONGEST,
        )
    Rollout.objects.filter(pk__in=members).update(state_since=now, look_at=now)


def _like(ready: outside.Deployment, name: str) -> outside.Deployment:
    """A deployment that is almost as far. Its group is a copy: the account's own knows one deployment at a time."""
    made = replace(ready, id=name, group=replace(ready.group), life=None, status="InProgress")
    made.events = deepcopy(ready.events)
    made.events[LAST_EVENT]["status"] = "InProgress"
    return made


def _become_ready(deployment: outside.Deployment) -> None:
    deployment.events[LAST_EVENT]["status"] = "Succeeded"
    deployment.become("Ready")
