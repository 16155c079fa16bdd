"""An environment is made, or put on another target, at the terminal."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.models import Environment
from releases.rules import plan as plans
from releases.rules.observation import Capabilities
from releases.rules.plan import PlanError
from releases.rules.states import State
from releases.targets import memory
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(db):
    factories.user(Role.OPERATOR, username="linus")
    factories.user(Role.DEVELOPER, username="dora")


def establish(tmp_path, place="shop/production", *words, config=None, by="linus", **options):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config or {}) if not isinstance(config, str) else config)
    given = {"target": "memory", "measure": "memory", **options}
    flags = [word for name, value in given.items() for word in (f"--{name}", value)]
    out = io.StringIO()
    call_command("environment", "establish", place, "--config", str(path), "--as", by, *flags, *words, stdout=out)
    return out.getvalue()


def test_an_environment_and_its_service_are_made(tmp_path):
    told = establish(tmp_path, plan=json.dumps(plans.to_json(plans.canary(weight=10, wait_s=5))))
    assert "Nothing serves yet." in told
    environment = Environment.objects.get(service__slug="shop", name="production")
    assert environment.target == "memory"
    assert [step.weight for step in environment.plan.steps] == [10, 100]
    assert Event.objects.filter(verb="configure", environment="production").exists()


def test_said_twice_it_is_one_environment_on_its_new_target(tmp_path):
    establish(tmp_path)
    establish(tmp_path, config={"region": "x"})
    assert Environment.objects.get().target_config == {"region": "x"}


def test_what_is_moving_stays_where_it_is(tmp_path):
    establish(tmp_path)
    factories.rollout(State.READY, Environment.objects.get())
    with pytest.raises(CommandError, match="is taking traffic here now"):
        establish(tmp_path, config={"region": "x"})
    assert Environment.objects.get().target_config == {}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"target": "nowhere"}, "There is no target 'nowhere'"),
        ({"config": "[1]"}, "holds no JSON object"),
        ({"config": "{"}, "can't be read as JSON"),
        ({"place": "shop"}, "names no environment"),
        ({"by": "dora"}, "Your roles"),
        ({"plan": '{"steps": []}'}, "at least one step"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(tmp_path, facts, told):
    with pytest.raises(CommandError, match=told):
        establish(tmp_path, **facts)
    assert not Environment.objects.exists()


def test_a_plan_that_the_target_cannot_give_is_refused(tmp_path):
    memory.named("shop-production").can = Capabilities(weights=(100,))
    with pytest.raises(CommandError, match="gives green 100 % only; the plan has a step of 10 %"):
        establish(tmp_path, plan=json.dumps(plans.to_json(plans.canary(weight=10, wait_s=5))))


def test_any_share_is_taken_where_the_target_takes_any():
    plans.refuse_weights(plans.linear(by=7, wait_s=1), ())
    plans.refuse_weights(plans.linear(by=25, wait_s=1), (25, 50, 75, 100))
    with pytest.raises(PlanError, match="a step of 20 %"):
        plans.refuse_weights(plans.linear(by=20, wait_s=1), (25, 50, 75, 100))
