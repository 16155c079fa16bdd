"""The ecs target while AWS misbehaves: answers lost after the effect, throttling, stale reads, refusals, alarms."""

import pytest

from portal import aws
from releases.rules.observation import Health
from releases.targets.base import TargetError
from releases.targets.ecs import deployments, view
from releases.targets.ecs.deployments import Revision
from releases.targets.ecs.target import Ecs
from simulator.faults import Kind
from tests.contracts.ecs import EcsRig


@pytest.fixture
def rig(account):
    return EcsRig(account)


def insist(rig, act):
    """Says it again after every error that may pass, as the machine does at its next tick."""

    def is_done() -> bool:
        try:
            act()
        except TargetError as error:
            if error.permanent:
                raise
            return False
        return True

    rig.until(is_done)


LOST = (Kind.DROP_BEFORE, Kind.DROP_AFTER)


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_never_starts_a_release_twice(rig, kind):
    rig.account.fault("ecs:UpdateService", kind)
    with pytest.raises(TargetError, match="did not answer") as caught:
        rig.target.start(rig.artifact("1.1.0"), "token")
    assert not caught.value.permanent
    insist(rig, lambda: rig.target.start(rig.artifact("1.1.0"), "token"))
    ref = rig.bring("1.1.0", "token")
    assert rig.target.observe(ref).green is Health.HEALTHY
    assert (rig.effects("UpdateService"), rig.effects("RegisterTaskDefinition")) == (1, 1)


def test_a_release_that_is_not_listed_yet_is_not_started_twice(rig):
    rig.account.fault("ecs:UpdateService", Kind.DROP_AFTER)
    with pytest.raises(TargetError, match="did not answer"):
        rig.target.start(rig.artifact("1.1.0"), "token")
    rig.account.fault("ecs:ListServiceDeployments", Kind.STALE, times=3)
    with pytest.raises(TargetError, match="does not show") as caught:
        rig.target.start(rig.artifact("1.1.0"), "token")
    assert not caught.value.permanent
    rig.target.start(rig.artifact("1.1.0"), "token")
    assert rig.effects("UpdateService") == 1


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_never_takes_two_steps(account, kind):
    rig = EcsRig(account, strategy="LINEAR", step_percent=25)
    ref = rig.bring("1.1.0")
    for weight in (25, 50):
        account.fault("ecs:ContinueServiceDeployment", kind, times=4)
        for _ in range(8):
            insist(rig, lambda weight=weight: rig.target.shift(ref, weight))
            account.advance(seconds=5)
        account.world.faults.clear()
        rig.shift(ref, weight)
    assert rig.effects("ContinueServiceDeployment") == 2
    assert rig.target.observe(ref).seen == 50


@pytest.mark.parametrize("stage", ["pause", "after success"])
@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_never_rolls_back_twice(rig, kind, stage):
    operation = "StopServiceDeployment" if stage == "pause" else "UpdateService"
    ref = rig.bring("1.1.0") if stage == "pause" else rig.release("1.1.0")
    started = len(_deployments(rig))
    rig.account.fault(f"ecs:{operation}", kind, times=3)
    for _ in range(5):
        insist(rig, lambda: rig.target.abort(ref))
    rig.account.world.faults.clear()
    rig.until(lambda: rig.target.observe(ref).green is Health.ABSENT)
    assert rig.ask("ada") == "1.0.0"
    assert len(_deployments(rig)) == started + (stage == "after success")


def _deployments(rig):
    answer = rig.account.client("ecs").list_service_deployments(service=rig.config.service, cluster=rig.config.cluster)
    return answer["serviceDeployments"]


def test_a_way_back_that_failed_is_begun_anew(rig):
    ref = rig.release("1.1.0")
    rig.target.abort(ref)
    [way_back] = [one for one in _deployments(rig) if one["status"] == "PENDING"]
    rig.account.client("ecs").stop_service_deployment(serviceDeploymentArn=way_back["serviceDeploymentArn"])
    rig.until(lambda: rig.target.observe(ref).outside_status == "ROLLBACK_SUCCESSFUL")
    seen = rig.target.observe(ref)
    assert (seen.asked, seen.seen, seen.is_failed) == (100, 100, True)
    assert "Green still serves 100 %" in seen.message
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).green is Health.ABSENT)
    assert rig.ask("ada") == "1.0.0"


def test_throttling_is_waited_out(rig):
    ref = rig.bring("1.1.0")
    rig.account.fault("ecs:*", times=None)
    for verb in (
        lambda: rig.target.observe(ref),
        lambda: rig.target.start(rig.artifact("1.1.0"), "token-1.1.0"),
        lambda: rig.target.shift(ref, 100),
        lambda: rig.target.abort(ref),
    ):
        with pytest.raises(TargetError, match="too often") as caught:
            verb()
        assert not caught.value.permanent
    rig.account.advance(minutes=10)
    rig.account.world.faults.clear()
    rig.shift(ref, 100)


def test_an_expired_session_passes_and_a_refused_role_does_not(rig):
    ref = rig.bring("1.1.0")
    for code, is_permanent, said in (
        ("ExpiredTokenException", False, "session had expired"),
        ("AccessDeniedException", True, "Give the role this permission"),
    ):
        rig.account.fault("ecs:ContinueServiceDeployment", code=code, message="no")
        with pytest.raises(TargetError, match=said) as caught:
            rig.target.shift(ref, 100)
        assert caught.value.permanent is is_permanent
    assert rig.ask("ada") == "1.0.0"


def test_a_stale_look_moves_nothing(account):
    rig = EcsRig(account, strategy="LINEAR", step_percent=25)
    ref = rig.bring("1.1.0")
    rig.target.observe(ref)
    rig.shift(ref, 25)
    before = rig.effects("ContinueServiceDeployment")
    rig.target.shift(ref, 50)
    rig.account.fault("ecs:DescribeServiceDeployments", Kind.STALE)
    rig.target.shift(ref, 50)  # the hook that it sees waiting is answered already
    rig.account.advance(minutes=1)
    assert rig.target.observe(ref).seen == 50
    assert rig.effects("ContinueServiceDeployment") == before + 1


def test_a_pause_that_nobody_ends_rolls_back(account):
    rig = EcsRig(account, pause_minutes=30)
    ref = rig.bring("1.1.0")
    account.advance(minutes=31)
    rig.until(lambda: rig.target.observe(ref).green is Health.ABSENT)
    seen = rig.target.observe(ref)
    assert (seen.seen, seen.blue, seen.is_failed) == (0, Health.HEALTHY, True)
    assert "timed out" in seen.message
    assert "Blue serves 100 %" in seen.message


def test_an_alarm_takes_green_back(account):
    alarm(account, "shop-5xx")
    rig = EcsRig(account, strategy="CANARY", step_percent=10, alarms=["shop-5xx"])
    ref = rig.bring("1.1.0")
    assert rig.target.foresee(ref, [10, 100]).findings[-1].is_good
    rig.shift(ref, 10)
    account.client("cloudwatch").set_alarm_state(AlarmName="shop-5xx", StateValue="ALARM", StateReason="9 errors")
    [found] = [one for one in rig.target.foresee(ref, [10, 100]).obstacles if one.code == "alarms"]
    assert found.sentence == "The alarm shop-5xx rings: 9 errors."
    rig.until(lambda: rig.target.observe(ref).seen == 0)
    assert "shop-5xx" in rig.target.observe(ref).message
    assert rig.target.observe(ref).is_failed


def test_an_alarm_that_rings_does_not_take_the_way_back_back(account):
    alarm(account, "shop-5xx")
    rig = EcsRig(account, alarms=["shop-5xx"])
    ref = rig.release("1.1.0")
    account.client("cloudwatch").set_alarm_state(AlarmName="shop-5xx", StateValue="ALARM", StateReason="9 errors")
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).outside_status == "SUCCESSFUL")
    assert rig.ask("ada") == "1.0.0"


def test_an_alarm_that_is_missing_is_found_before(account):
    rig = EcsRig(account, alarms=["shop-5xx"])
    [found] = rig.target.foresee(rig.bring("1.1.0"), [100]).obstacles
    assert found.sentence == "There is no alarm shop-5xx"


def alarm(account, name):
    account.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )


def test_an_image_that_is_not_the_release_s_is_a_failure(rig):
    ref = rig.bring("1.1.0")
    deployment = deployments.describe(rig.account.client, [ref.outside_id])[ref.outside_id]
    asked, other = rig.stage.ground.image("1.1.0"), rig.stage.ground.digests["1.0.0"]
    seen = view.of(deployment, rig.config, Revision("arn", "definition", {"web": (asked, other)}))
    assert seen.is_failed
    assert f"ECS runs the image {other} in the container web and the release has" in seen.message
    runs = deployments.revision(rig.account.client, deployment.target.revision)
    assert runs.images == {"web": (asked, rig.stage.ground.digests["1.1.0"])}
    assert not view.of(deployment, rig.config, runs).is_failed


def test_a_rollback_that_failed_is_said_and_the_older_release_is_brought_back(rig):
    ref = rig.bring("1.1.0")
    rig.shift(ref, 100)
    rig.account.client("elbv2").delete_rule(RuleArn=rig.stage.production_rule)
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).outside_status == "ROLLBACK_FAILED")
    seen = rig.target.observe(ref)
    assert (seen.is_failed, seen.asked, seen.seen) == (True, 0, 100)
    assert "could not take covid-native back to blue" in seen.message
    assert "Look at the service" in seen.message
    rig.target.abort(ref)
    assert rig.account.calls("ecs:UpdateService")[-1].parameters["taskDefinition"] == rig.stage.task_definition


def test_a_role_of_ones_own_is_used(account):
    rig = EcsRig(account)
    access = aws.Access("eu-west-1", role_arn=rig.stage.ground.task_role, session="verdigris-native")

    def clients(service, *, may_repeat=True):
        return aws.client(service, access, may_repeat=may_repeat)

    target = Ecs(rig.config, clients, account.world.now)
    target.observe(None)
    [call] = account.calls("ecs:DescribeServices")
    assert "assumed-role" in call.caller
    account.fault("ecs:DescribeServices", code="AccessDeniedException", role="verdigris-native")
    with pytest.raises(TargetError, match="does not allow") as caught:
        target.observe(None)
    assert caught.value.permanent
