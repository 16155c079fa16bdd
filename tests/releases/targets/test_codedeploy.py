"""The codedeploy target on the simulated account: whole lives, every way back, and what goes wrong on the way."""

import pytest

from releases.rules.observation import Health
from releases.targets.base import Ref, TargetError
from releases.targets.cloud.fields import ConfigError
from releases.targets.codedeploy import config
from simulator.faults import Kind
from simulator.services.codedeploy.operations import HANDS
from tests.contracts.codedeploy import CodeDeployRig

CREATE, CONTINUE, STOP = (f"codedeploy:{name}Deployment" for name in ("Create", "Continue", "Stop"))


@pytest.fixture
def rig(account):
    return CodeDeployRig(account)


def refused(verb, *arguments, permanent):
    with pytest.raises(TargetError) as caught:
        verb(*arguments)
    assert caught.value.permanent is permanent, caught.value.message
    assert not caught.value.message.endswith(".")
    return caught.value.message


def try_once(verb, *arguments):
    """Will say it, and take only a refusal that says to try again."""
    try:
        verb(*arguments)
    except TargetError as error:
        if error.permanent:
            raise


def test_green_comes_up_beside_blue_and_holds_with_a_preview(rig):
    ref = rig.target.start(rig.artifact(), "t")
    assert rig.target.observe(ref).green is Health.STARTING
    refused(rig.target.shift, ref, 100, permanent=False)
    ref = rig.bring(token="t")
    seen = rig.target.observe(ref)
    assert (seen.green, seen.seen, seen.blue) == (Health.HEALTHY, 0, Health.HEALTHY)
    assert seen.preview_url.endswith(":8080/")
    rig.account.advance(minutes=30)
    assert rig.serving() == "1.0.0"


def test_a_promotion_ends_with_green_as_blue(rig):
    ref = rig.bring()
    refused(rig.target.finish, ref, permanent=True)
    rig.promote(ref)
    assert rig.serving() == "1.1.0"
    refused(rig.target.clean, ref, permanent=True)
    rig.target.finish(ref)
    rig.until(lambda: rig.target.observe(ref).is_finished, "finished")
    seen = rig.target.observe(ref)
    assert (seen.green, seen.asked, seen.seen, seen.blue) == (Health.HEALTHY, 100, 100, Health.ABSENT)
    assert rig.effects(CREATE) == 1
    assert rig.effects(CONTINUE) == 2
    refused(rig.target.clean, ref, permanent=True)


def test_the_release_runs_its_image_with_its_variables_and_the_next_drops_them(rig):
    first = rig.artifact()
    first.configuration.update(PORTAL_LOG_LEVEL="DEBUG")
    rig.target.start(first, "first")
    (call,) = rig.account.calls("ecs:RegisterTaskDefinition")
    (container,) = call.parameters["containerDefinitions"]
    assert container["image"] == first.image
    assert {"name": "PORTAL_LOG_LEVEL", "value": "DEBUG"} in container["environment"]
    rig.target.abort(rig.target.start(first, "first"))
    rig.until(lambda: not rig.target.observe(None).seen)
    rig.account.advance(minutes=10)
    rig.target.start(rig.artifact("1.0.0"), "second")
    later = rig.account.calls("ecs:RegisterTaskDefinition")[-1].parameters["containerDefinitions"][0]
    assert "PORTAL_LOG_LEVEL" not in {one["name"] for one in later["environment"]}
    assert {"name": "PORTAL_RELEASE_VERSION", "value": "1.0.0"} in later["environment"]


def test_a_release_without_a_digest_is_refused(rig):
    artifact = rig.artifact()
    object.__setattr__(artifact, "image", "shop:latest")
    assert "by its digest" in refused(rig.target.start, artifact, "t", permanent=True)
    assert rig.effects(CREATE) == 0


@pytest.mark.parametrize("phase", ["starting", "ready", "shifted", "finished"])
def test_everything_goes_back_from_every_phase(rig, phase):
    ref = rig.target.start(rig.artifact(), "token-1.1.0")
    if phase != "starting":
        rig.bring()
    if phase in {"shifted", "finished"}:
        rig.promote(ref)
    if phase == "finished":
        rig.target.finish(ref)
        rig.until(lambda: rig.target.observe(ref).is_finished, "finished")
    rig.take_back(ref)
    assert rig.serving() == "1.0.0"
    seen = rig.target.observe(ref)
    assert (seen.seen, seen.is_finished, seen.green) == (0, False, Health.ABSENT)
    assert rig.effects(STOP) == (0 if phase == "finished" else 1)
    assert rig.effects(CREATE) == (2 if phase == "finished" else 1)
    assert rig.target.observe(None).blue is Health.HEALTHY


@pytest.mark.parametrize("kind", [Kind.DROP_AFTER, Kind.DROP_BEFORE])
def test_a_lost_answer_to_a_creation_is_looked_up(rig, kind):
    rig.account.fault(CREATE, kind)
    message = refused(rig.target.start, rig.artifact(), "t", permanent=False)
    assert "did not answer" in message
    ref = rig.fresh().start(rig.artifact(), "t")
    assert rig.fresh().start(rig.artifact(), "t") == ref
    assert rig.effects(CREATE) == 1
    assert rig.effects("ecs:RegisterTaskDefinition") == 1


def test_a_stale_list_does_not_create_twice(rig):
    list_ = "codedeploy:ListDeployments"
    rig.account.fault(CREATE, Kind.DROP_AFTER)
    refused(rig.target.start, rig.artifact(), "t", permanent=False)
    rig.account.fault(list_, Kind.STALE)
    ref = rig.fresh().start(rig.artifact(), "t")
    assert rig.effects(CREATE) == 1
    assert rig.target.observe(ref).green is Health.STARTING


@pytest.mark.parametrize("kind", [Kind.DROP_AFTER, Kind.DROP_BEFORE, Kind.ERROR])
def test_a_continuation_is_done_once_whatever_becomes_of_its_answer(rig, kind):
    ref = rig.bring()
    rig.account.fault(CONTINUE, kind, times=3)
    try_once(rig.target.shift, ref, 100)
    rig.account.world.faults.clear()
    rig.promote(ref)
    assert rig.effects(CONTINUE) == 1
    assert rig.serving() == "1.1.0"


@pytest.mark.parametrize("kind", [Kind.DROP_AFTER, Kind.DROP_BEFORE, Kind.ERROR])
def test_a_stop_is_done_once_whatever_becomes_of_its_answer(rig, kind):
    ref = rig.bring()
    rig.promote(ref)
    rig.account.fault(STOP, kind, times=3)
    try_once(rig.target.abort, ref)
    rig.account.world.faults.clear()
    rig.take_back(ref)
    assert rig.effects(STOP) == 1
    assert rig.effects(CREATE) == 1
    assert rig.serving() == "1.0.0"


def test_a_stop_that_is_pending_is_waited_for(rig):
    ref = rig.bring()
    rig.promote(ref)
    HANDS.pending_stops = 1
    rig.target.abort(ref)
    assert rig.target.observe(ref).seen == 100
    rig.take_back(ref)
    assert rig.serving() == "1.0.0"


def test_what_somebody_stopped_in_the_console_is_told(rig):
    ref = rig.bring()
    rig.account.client("codedeploy").stop_deployment(deploymentId=ref.outside_id, autoRollbackEnabled=True)
    rig.account.advance(minutes=1)
    seen = rig.target.observe(ref)
    assert seen.is_failed
    assert "stopped by a user" in seen.message
    assert seen.message.endswith("Blue serves 100 %")


def test_what_somebody_continued_in_the_console_is_taken_back(rig):
    ref = rig.bring()
    rig.account.client("codedeploy").continue_deployment(deploymentId=ref.outside_id, deploymentWaitType="READY_WAIT")
    rig.until(lambda: rig.target.observe(ref).seen == 100)
    rig.target.shift(ref, 0)
    rig.until(lambda: rig.target.observe(ref).seen == 0)
    assert rig.serving() == "1.0.0"


def test_a_green_that_never_gets_healthy_fails_and_leaves_blue(rig):
    ref = rig.target.start(rig.artifact(mode="sick"), "sick")
    rig.account.advance(minutes=5)
    seen = rig.target.observe(ref)
    assert seen.green is not Health.HEALTHY
    refused(rig.target.shift, ref, 100, permanent=False)
    rig.take_back(ref)
    assert rig.serving() == "1.0.0"


def test_nobody_s_promotion_times_out_on_aws_and_is_told(rig):
    ref = rig.bring()
    rig.account.advance(minutes=61)
    seen = rig.target.observe(ref)
    assert seen.is_failed
    assert seen.seen == 0
    refused(rig.target.shift, ref, 100, permanent=True)


def test_a_group_that_does_not_wait_is_refused(rig):
    ready = {"deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}}
    rig.account.client("codedeploy").update_deployment_group(
        applicationName=rig.config.application,
        currentDeploymentGroupName=rig.config.group,
        blueGreenDeploymentConfiguration=ready,
    )
    assert "does not wait" in refused(rig.target.start, rig.artifact(), "t", permanent=True)
    assert rig.effects(CREATE) == 0


def test_another_s_deployment_is_named_and_waited_for(rig):
    other = rig.target.start(rig.artifact(), "other")
    message = refused(rig.target.start, rig.artifact(), "mine", permanent=False)
    assert other.outside_id in message


def test_an_unknown_rollout_is_absent(rig):
    for outside_id in ("d-XXXXXXXXX", "nonsense"):
        seen = rig.target.observe(Ref(outside_id))
        assert (seen.green, seen.seen, seen.blue) == (Health.ABSENT, 0, Health.HEALTHY)
        refused(rig.target.shift, Ref(outside_id), 100, permanent=True)
        refused(rig.target.finish, Ref(outside_id), permanent=True)
        rig.target.abort(Ref(outside_id))
        rig.target.clean(Ref(outside_id))


def test_a_listener_changed_by_hand_is_seen_and_put_back(rig):
    ground = rig.stage.ground
    move = {"Type": "forward", "TargetGroupArn": ground.green_target_group}
    rig.account.client("elbv2").modify_listener(ListenerArn=ground.production_listener, DefaultActions=[move])
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (0, 100)
    assert "past the primary task set" in seen.message
    refused(rig.target.adopt, permanent=True)
    rig.target.restore()
    rig.target.restore()
    assert rig.target.observe(None).seen == 0
    assert rig.effects("elbv2:ModifyListener") == 2, "the hand's and ours"


def test_a_listener_changed_by_hand_before_a_promotion_is_put_back_and_the_promotion_goes_on(rig):
    ref = rig.bring()
    rig.meddle(30)
    seen = rig.target.observe(ref)
    assert (seen.asked, seen.seen, seen.is_failed) == (0, 30, False)
    assert seen.message == "The production listener sends 30 % to green, and CodeDeploy gave it 0 %"
    rig.target.shift(ref, 0)
    rig.target.shift(ref, 0)
    assert (rig.target.observe(ref).seen, rig.serving()) == (0, "1.0.0")
    assert rig.effects("elbv2:ModifyListener") == 2, "the hand's and ours"
    assert rig.effects("codedeploy:StopDeployment") == 0
    rig.promote(ref)
    assert rig.serving() == "1.1.0"


def test_a_listener_changed_by_hand_while_blue_is_kept_is_put_back(rig):
    ref = rig.bring()
    rig.promote(ref)
    rig.meddle(60)
    assert rig.target.observe(ref).seen == 60
    rig.target.shift(ref, 100)
    assert (rig.target.observe(ref).seen, rig.serving()) == (100, "1.1.0")


def test_from_a_listener_changed_by_hand_the_way_back_is_whole(rig):
    ref = rig.bring()
    rig.promote(ref)
    rig.meddle(60)
    rig.take_back(ref)
    assert rig.serving() == "1.0.0"


@pytest.mark.parametrize(
    ("code", "permanent", "told"),
    [
        ("ThrottlingException", False, "asked too often"),
        ("ExpiredTokenException", False, "session had expired"),
        ("AccessDeniedException", True, "does not allow CodeDeploy to continue"),
        ("InternalFailure", False, "trouble of its own"),
    ],
)
def test_each_trouble_has_its_sentence(rig, code, permanent, told):
    ref = rig.bring()
    rig.account.fault(CONTINUE, code=code, message="not today", times=3)
    assert told in refused(rig.target.shift, ref, 100, permanent=permanent)
    assert rig.effects(CONTINUE) == 0


def test_ten_minutes_of_throttling_change_nothing_and_end(rig):
    ref = rig.bring()
    rig.account.fault("codedeploy:*", times=None)
    for _ in range(10):
        refused(rig.target.observe, ref, permanent=False)
        refused(rig.target.shift, ref, 100, permanent=False)
        rig.account.advance(minutes=1)
    rig.account.world.faults.clear()
    rig.promote(ref)
    assert rig.effects(CONTINUE) == 1


def test_the_image_that_is_gone_stops_a_promotion(rig):
    ref = rig.bring()
    assert not rig.target.foresee(ref, [100]).obstacles
    digest = rig.stage.ground.digests["1.1.0"]
    repository = rig.stage.ground.repository.partition("/")[2]
    rig.account.client("ecr").batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    (obstacle,) = rig.target.foresee(ref, [100]).obstacles
    assert "is not in" in obstacle.sentence


def test_calls_are_the_same_each_time(rig):
    ref = rig.bring()
    first = rig.target.foresee(ref, [100])
    rig.account.advance(minutes=7)
    assert rig.fresh().foresee(ref, [100]).calls == first.calls
    assert [call.operation for call in first.calls] == [CONTINUE, "CodeDeploy itself", CONTINUE]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, "need application, group"),
        ({"strange": 1}, "know no strange"),
        ({"port": 0}, "port is a whole number"),
        ({"alarms": "5xx"}, "alarms is a list of texts"),
        ({"preview_url": 3}, "preview_url is a text"),
    ],
)
def test_a_configuration_that_is_wrong_is_told(value, told):
    given = dict.fromkeys(config.NEEDED, "x") if value else {}
    with pytest.raises(ConfigError, match=told):
        config.read("shop", {**given, **value})
