"""What the codedeploy target promises to the machine: said twice, in few enough calls, and by what AWS itself takes."""

import contextlib
import json

import pytest

from releases.rules.observation import Health
from releases.targets.base import TargetError
from releases.targets.codedeploy.target import MOST_CALLS, MOST_CALLS_AT_START
from simulator.services.elbv2.targets import TARGETS
from tests.contracts.codedeploy import CodeDeployRig

CREATE, CONTINUE, STOP = (f"codedeploy:{name}Deployment" for name in ("Create", "Continue", "Stop"))


@pytest.fixture
def rig(account):
    return CodeDeployRig(account)


def calls_of(rig, verb, *arguments):
    """Will say a verb, which may be refused for now, and count its calls."""
    rig.account.world.journal.clear()
    with contextlib.suppress(TargetError):
        verb(*arguments)
    return len(rig.account.world.journal.calls)


def test_blue_is_seen_from_the_first_look(rig):
    ref = rig.target.start(rig.artifact(), "t")
    for _ in range(20):
        assert rig.target.observe(ref).blue is Health.HEALTHY
        rig.account.advance(seconds=2)


def test_blue_is_gone_once_it_was_taken_down(rig):
    ref = rig.bring()
    rig.promote(ref)
    rig.target.finish(ref)
    assert rig.target.observe(ref).blue is Health.ABSENT


def test_finish_may_be_said_while_blue_is_taken_down(rig):
    ref = rig.bring()
    rig.promote(ref)
    for _ in range(5):
        rig.target.finish(ref)
        rig.account.advance(seconds=1)
    rig.until(lambda: rig.target.observe(ref).is_finished, "finished")
    assert rig.effects(CONTINUE) == 2


def test_promoting_may_be_said_at_every_moment(rig):
    ref = rig.bring()
    for _ in range(30):
        rig.target.shift(ref, 100)
        rig.account.advance(seconds=1)
    assert rig.effects(CONTINUE) == 1
    assert rig.serving() == "1.1.0"


def test_the_way_back_names_its_task_definition_by_its_arn(rig):
    ref = rig.release()
    rig.target.abort(ref)
    content = rig.account.calls(CREATE)[-1].parameters["revision"]["appSpecContent"]["content"]
    properties = json.loads(content)["Resources"][0]["TargetService"]["Properties"]
    assert properties["TaskDefinition"] == rig.stage.task_definition


def test_what_was_taken_back_is_told_without_a_failure(rig):
    ref = rig.release()
    rig.take_back(ref)
    message = rig.target.observe(ref).message
    assert f"{ref.outside_id} succeeded and is taken back by d-" in message
    assert message.endswith("Blue serves 100 %")


def test_a_green_whose_tasks_run_and_do_not_answer_gets_no_visitors(rig):
    ref = rig.bring()
    for target in TARGETS.of(rig.stage.ground.green_target_group):
        target.is_well = False
    with pytest.raises(TargetError, match="No task of green answers") as caught:
        rig.target.shift(ref, 100)
    assert not caught.value.permanent
    assert rig.effects(CONTINUE) == 0
    for target in TARGETS.of(rig.stage.ground.green_target_group):
        target.is_well = True
    rig.promote(ref)


def test_putting_the_listener_back_keeps_what_comes_before(rig):
    ground, elb = rig.stage.ground, rig.account.client("elbv2")
    cognito = {
        "UserPoolArn": "arn:aws:cognito-idp:eu-west-1:1:userpool/a",
        "UserPoolClientId": "b",
        "UserPoolDomain": "c",
    }
    asks = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": cognito}
    moved = {"Type": "forward", "Order": 2, "TargetGroupArn": ground.green_target_group}
    elb.modify_listener(ListenerArn=ground.production_listener, DefaultActions=[asks, moved])
    rig.target.restore()
    (listener,) = elb.describe_listeners(ListenerArns=[ground.production_listener])["Listeners"]
    assert [action["Type"] for action in listener["DefaultActions"]] == ["authenticate-cognito", "forward"]
    assert rig.target.observe(None).seen == 0


def test_no_verb_makes_more_calls_than_its_lease_is_for(rig):
    ref = rig.release()
    rig.target.start(rig.artifact("1.0.0"), "other")
    assert calls_of(rig, rig.target.start, rig.artifact(), "mine") <= MOST_CALLS_AT_START
    assert calls_of(rig, rig.target.abort, ref) <= MOST_CALLS
    assert calls_of(rig, rig.target.observe, ref) <= MOST_CALLS


def test_every_look_and_every_way_back_is_within_its_lease(rig):
    ref = rig.bring()
    assert calls_of(rig, rig.target.foresee, ref, [100]) <= MOST_CALLS
    rig.promote(ref)
    stop = rig.account.client("codedeploy").stop_deployment
    stop(deploymentId=ref.outside_id, autoRollbackEnabled=True)
    rig.account.advance(seconds=2)
    rollback = rig.account.client("codedeploy").get_deployment(deploymentId=ref.outside_id)["deploymentInfo"]
    stop(deploymentId=rollback["rollbackInfo"]["rollbackDeploymentId"], autoRollbackEnabled=False)
    rig.account.advance(minutes=1)
    assert calls_of(rig, rig.target.observe, ref) <= MOST_CALLS
    assert calls_of(rig, rig.target.abort, ref) <= MOST_CALLS
    rig.take_back(ref)
    assert rig.serving() == "1.0.0"
