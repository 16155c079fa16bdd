"""Rows for tests, made in one line each, with what a test doesn't care about filled in."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from analytics.models import Query
from portal.accounts import actors
from portal.accounts.actors import Actor
from portal.accounts.models import Grant, User
from portal.accounts.permissions import Role
from releases.models import Environment, Release, Rollout, Service
from releases.rules import digests
from releases.rules import plan as plans
from releases.rules import policy as policies
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.reasons import Code
from releases.rules.states import ENDED, State

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLAN = Plan(
    (Step(10, 10, is_analysed=False), Step(50, 10, is_analysed=False), Step(100, 0, is_analysed=False)), bake_s=10
)
POLICY = Policy(opens_by_itself=False)
_numbers = count(1)


class Clock:
    """A time that stands still until a test turns it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def turn(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def user(*roles: Role, username: str = "") -> User:
    made = User.objects.create_user(username or f"person-{next(_numbers)}", password=None)
    Grant.objects.bulk_create(Grant(user=made, role=role) for role in roles)
    return made


def actor(*roles: Role) -> Actor:
    return actors.from_user(user(*roles))


def service(**known: Any) -> Service:
    number = next(_numbers)
    return Service.objects.create(**{"slug": f"service-{number}", "name": f"Service {number}", **known})


def environment(plan: Plan = PLAN, policy: Policy = POLICY, **known: Any) -> Environment:
    facts = {
        "name": "production",
        "target": "memory",
        "measure": "memory",
        "plan_json": plans.to_json(plan),
        "policy_json": policies.to_json(policy),
        **known,
    }
    return Environment.objects.create(**{"service": facts.pop("service", None) or service(), **facts})


def release(of: Service, version: str = "", **known: Any) -> Release:
    number = next(_numbers)
    facts = {"commit": f"{number:040x}", "configuration": {}, "artifact": "", **known}
    digest = digests.of_release(
        commit=facts["commit"], artifact=facts["artifact"], configuration=facts["configuration"]
    )
    names = {"version": version or f"1.{number}.0", "digest": digest, "author_name": "Somebody", "recorded_by": "build"}
    return Release.objects.create(**{"service": of, "recorded_at": NOW, **names, **facts})


def rollout(state: State = State.QUEUED, environment_: Environment | None = None, **known: Any) -> Rollout:
    place = environment_ or environment()
    facts = {
        "environment": place,
        "release": known.pop("release", None) or release(place.service),
        "replaces": place.serving,
        "state": state,
        "state_since": NOW,
        "reason_code": Code.AS_PLANNED,
        "plan_json": place.plan_json,
        "plan_digest": place.plan.digest,
        "opened_at": NOW,
        "opened_by": "Somebody",
        "ended_at": NOW if state in ENDED else None,
    }
    return Rollout.objects.create(**{**facts, **known})


def query(person: User, **known: Any) -> Query:
    """A question that was answered."""
    told = {"sql": "SELECT 1 AS one", "database": "covid-cases", "engine": "duckdb", "state": "SUCCEEDED", **known}
    return Query.objects.create(
        token=uuid4().hex,
        person=person,
        asked_by=person.username,
        origin=Query.Origin.WORKBENCH,
        submitted_at=NOW,
        ended_at=NOW,
        looked_at=NOW,
        bytes_upper=0,
        cost_upper_usd=0.0,
        **told,
    )
