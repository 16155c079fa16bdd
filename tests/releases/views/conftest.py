"""What the tests of pages share: static files without a manifest, people signed in, rows that a page shows."""

from datetime import timedelta

import pytest
from django.test import Client

from portal import clock
from portal.accounts.permissions import Role
from releases.models import Deployment
from releases.rules.observation import Health
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.states import ENDED, State
from tests import factories

PLAN = Plan((Step(10, 600), Step(100, 0, is_analysed=False)), bake_s=600)


@pytest.fixture(autouse=True)
def _static_files_without_a_manifest(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def signed_in(*roles, user=None):
    client = Client(enforce_csrf_checks=False)
    client.user = user or factories.user(*roles)
    client.force_login(client.user)
    return client


@pytest.fixture
def viewer(db):
    return signed_in()


@pytest.fixture
def approver(db):
    return signed_in(Role.APPROVER)


@pytest.fixture
def operator(db):
    return signed_in(Role.OPERATOR)


@pytest.fixture
def developer(db):
    return signed_in(Role.DEVELOPER)


def environment(**known):
    """An environment in which 1.0.0 serves and 0.9.0 served before."""
    service = known.pop("service", None) or factories.service()
    before, serving = (factories.release(service, f"{version}") for version in ("0.9.0", "1.0.0"))
    facts = {"serving": serving, "serving_since": clock.now() - timedelta(hours=2), "previous": before, **known}
    return factories.environment(PLAN, facts.pop("policy", Policy(opens_by_itself=False)), service=service, **facts)


def rollout(state, place=None, *, asked=0, seen=0, blue=Health.HEALTHY, **known):
    """A rollout of 1.1.0 in `state`, with a deployment where there would be one."""
    now = clock.now()
    place = place or environment()
    facts = {"release": known.pop("release", None) or factories.release(place.service, "1.1.0"), "state_since": now}
    if state in ENDED:
        facts["ended_at"] = now
    made = factories.rollout(state, place, **{**facts, "opened_at": now, **known})
    if state is not State.QUEUED:
        Deployment.objects.create(
            rollout=made,
            token=f"token-{made.pk}",
            intended_at=now,
            outside_id=f"outside-{made.pk}",
            started_at=now,
            asked=asked,
            seen=seen,
            green=Health.HEALTHY,
            blue=blue,
            observed_at=now,
            preview_url="http://127.0.0.1:8002/",
        )
    return made
