"""A service on the simulated AWS account, an environment that CodeDeploy deploys, and the people around it."""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bench.ground import filling
from bench.ground.trouble import Trouble
from portal import aws
from portal.accounts import actors
from portal.accounts.models import Grant, User
from portal.accounts.permissions import Role
from portal.aws.clients import pace_of
from releases.models import Deployment, Environment, Release, Rollout, Service
from releases.operations import advance, approvals, rollouts
from releases.rules import digests, plan, policy
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.states import State
from releases.targets import registry
from simulator import stage
from simulator.journal import Journal
from simulator.server import Simulator

REGION = "eu-west-1"
PLAN = Plan((Step(100, is_analysed=False),), bake_s=30)
POLICY = Policy(opens_by_itself=False, deploy_limit_s=900, rollback_limit_s=900, locks_after_rollback=False)
LOOK_S = 5
LONGEST_S = 1_800


class Account:
    """The simulated account, whose clock stands still until it is turned; nothing of a real one is in reach."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.access = aws.Access(REGION, session="bench")

    def __enter__(self) -> "Account":
        self.simulator = self._stack.enter_context(Simulator())
        self.simulator.world.clock.run_at(0)
        keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_EC2_METADATA_DISABLED": "true"}
        os.environ.update({**keys, "AWS_ENDPOINT_URL": self.simulator.url, "AWS_DEFAULT_REGION": REGION})
        aws.forget_all()
        # What takes minutes there takes moments here: the pace is measured by itself.
        seconds = count(step=1_000)
        self.pace_by(lambda: float(next(seconds)))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def client(self, service: str) -> Any:
        """Will give the portal's own client."""
        return aws.client(service, self.access)

    def pace_by(self, clock: Callable[[], float]) -> None:
        """Will let the pace of calls go by `clock`, in seconds."""
        pace_of(self.access).clock = clock
        pace_of(self.access).buckets.clear()

    def advance(self, seconds: float) -> None:
        """Will turn the account's clock."""
        self.simulator.world.advance(timedelta(seconds=seconds))


class Crew:
    """One environment, and those who release to it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.stage = stage.build(account.client)
        account.advance(300)
        config = {**self.stage.target_config}
        self.service = Service.objects.create(slug="covid-insights", name="COVID insights")
        self.environment = Environment.objects.create(
            service=self.service,
            name="production",
            target="codedeploy",
            target_config=config,
            measure="memory",
            plan_json=plan.to_json(PLAN),
            policy_json=policy.to_json(POLICY),
        )
        self.developer, self.approver = _person("dora", Role.DEVELOPER), _person("ada", Role.APPROVER)
        self._numbers = count(1)

    def client(self, service: str) -> Any:
        """Will give the client by which the portal reaches the environment's account."""
        place = self.environment
        return registry.clients_for(place.slug, place.target_config)(service)

    def now(self) -> datetime:
        """Will give the account's time, by which everybody here goes."""
        return self.account.simulator.world.now()

    @property
    def journal(self) -> Journal:
        """What the account was asked."""
        return self.account.simulator.world.journal

    def counted(self, act: Callable[[], object]) -> Counter[str]:
        """Will do `act` and count the calls that reached the account."""
        self.journal.clear()
        act()
        return self.journal.counts()

    def open(self, image_of: str) -> Rollout:
        """Will open a rollout of a new release that runs the image of a version."""
        image, number = self.stage.ground.image(image_of), next(self._numbers)
        release = Release.objects.create(
            service=self.service,
            version=f"{image_of}.{number}",
            digest=digests.of_release(commit="", artifact=image, configuration={}),
            artifact=image,
            author_name="Somebody",
            recorded_at=self.now(),
            recorded_by="bench",
        )
        facts = {"environment_id": self.environment.pk, "release_id": release.pk}
        return rollouts.open(**facts, by=self.developer, now=self.now())

    def drive(self, rollout: Rollout, wanted: State) -> Rollout:
        """Will let the machine go on, and people approve, until the rollout is where it is wanted.

        Raises Trouble when it does not come there.
        """
        for _ in range(0, LONGEST_S, LOOK_S):
            advance.settle(rollout.pk, clock=self.now)
            rollout.refresh_from_db()
            if rollout.state == wanted:
                return rollout
            if rollout.state == State.READY and not rollout.approvals.exists():
                approvals.approve(rollout_id=rollout.pk, by=self.approver, now=self.now())
                rollouts.promote(rollout_id=rollout.pk, by=self.approver, now=self.now())
            self.account.advance(LOOK_S)
        raise Trouble(f"The rollout never became {wanted}: {rollout.state}, {rollout.reason_sentence}")

    def stop_bare(self, deployment_id: str) -> None:
        """Will ask what a rollback asks, by nothing but the client; that it has ended already is no matter."""
        codedeploy = self.client("codedeploy")
        try:
            codedeploy.stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
        except codedeploy.exceptions.DeploymentAlreadyCompletedException:
            return

    def copies_of(self, rollout: Rollout, number: int) -> list[int]:
        """Will make `number` rollouts in environments of their own, each with the deployment of `rollout`."""
        held = Deployment.objects.get(rollout=rollout)
        others = filling.environments(number + 2, target="codedeploy")
        places = [place for place in others if place.service_id != self.service.pk][:number]
        config = self.environment.target_config
        Environment.objects.filter(pk__in=[place.pk for place in places]).update(
            target="codedeploy", target_config=config, policy_json=policy.to_json(POLICY)
        )
        releases = Release.objects.bulk_create(
            Release(
                service=place.service,
                version=f"9.{place.pk}",
                digest=rollout.release.digest,
                artifact=rollout.release.artifact,
                author_name="Somebody",
                recorded_at=self.now(),
                recorded_by="bench",
            )
            for place in places
        )
        made = Rollout.objects.bulk_create(
            _copy(rollout, environment=place, release=release, state=State.DEPLOYING)
            for place, release in zip(places, releases, strict=True)
        )
        Deployment.objects.bulk_create(_copy(held, rollout=one, token=f"copy-{one.pk}") for one in made)
        return [one.pk for one in made]


def _copy(row: Any, **other: Any) -> Any:
    fields = {one.name: getattr(row, one.name) for one in row._meta.concrete_fields if one.name != "id"}  # noqa: SLF001
    return type(row)(**{**fields, **other})


def _person(username: str, role: Role) -> actors.Actor:
    user, _ = User.objects.get_or_create(username=username)
    Grant.objects.get_or_create(user=user, role=role)
    return actors.from_user(user)
