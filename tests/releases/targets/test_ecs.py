"""The ecs target: what the port promises, as far as ECS itself can keep it."""

import pytest

from releases.rules.observation import Health
from releases.targets.base import Ref, TargetError
from releases.targets.ecs import deployments, view
from releases.targets.ecs.services import PAUSED_AT
from releases.targets.ecs.target import ACTIONS
from tests.contracts.ecs import EcsRig
from tests.infra.calls import PREFIXES


@pytest.fixture
def rig(account):
    return EcsRig(account)


def shares(rig, ref):
    seen = rig.target.observe(ref)
    return seen.asked, seen.seen


def test_start_brings_green_up_with_a_preview_and_no_traffic(rig):
    ref = rig.target.start(rig.artifact("1.1.0"), "token")
    assert rig.target.observe(ref).green is Health.STARTING
    rig.until(lambda: rig.is_paused(ref))
    seen = rig.target.observe(ref)
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.HEALTHY, Health.HEALTHY, 0, 0)
    assert seen.preview_url == rig.stage.ground.preview_url
    assert (rig.ask("ada"), rig.ask("ada", is_preview=True)) == ("1.0.0", "1.1.0")


def test_a_release_waits_at_our_pauses_and_rolls_back_when_nobody_comes(rig):
    rig.target.start(rig.artifact("1.1.0"), "token")
    [call] = rig.account.calls("ecs:UpdateService")
    asked = call.parameters["deploymentConfiguration"]
    [pause] = asked["lifecycleHooks"]
    assert (pause["targetType"], tuple(pause["lifecycleStages"])) == ("PAUSE", PAUSED_AT)
    assert pause["timeoutConfiguration"]["action"] == "ROLLBACK"
    assert asked["bakeTimeInMinutes"] == 0


@pytest.mark.parametrize(
    ("strategy", "step", "weights"),
    [("BLUE_GREEN", 10, [100]), ("LINEAR", 25, [25, 50, 75, 100]), ("CANARY", 10, [10, 100])],
)
def test_green_takes_each_step_only_when_it_is_told_to(account, strategy, step, weights):
    rig = EcsRig(account, strategy=strategy, step_percent=step)
    ref = rig.bring("1.1.0")
    for weight in weights:
        rig.account.advance(hours=1)  # ECS waits: nothing moves by itself
        rig.shift(ref, weight)
        assert shares(rig, ref) == (weight, weight)
    assert rig.ask("ada") == "1.1.0"
    assert rig.effects("ContinueServiceDeployment") == len(weights)


def test_a_step_is_never_overshot(account):
    rig = EcsRig(account, strategy="LINEAR", step_percent=25)
    ref = rig.bring("1.1.0")
    for _ in range(30):
        rig.target.shift(ref, 50)
        rig.account.advance(seconds=5)
    assert shares(rig, ref) == (50, 50)


def test_the_bake_keeps_blue_warm_until_finish(rig):
    ref = rig.bring("1.1.0")
    rig.shift(ref, 100)
    rig.account.advance(hours=24)
    seen = rig.target.observe(ref)
    assert (seen.seen, seen.blue, seen.is_finished) == (100, Health.HEALTHY, False)
    rig.target.finish(ref)
    rig.target.finish(ref)
    rig.until(lambda: rig.target.observe(ref).is_finished)
    seen = rig.target.observe(ref)
    assert (seen.green, seen.asked, seen.seen, seen.blue) == (Health.HEALTHY, 100, 100, Health.ABSENT)
    rig.target.finish(ref)
    assert rig.effects("ContinueServiceDeployment") == 2


def test_finish_refuses_a_green_without_all_traffic(rig):
    ref = rig.bring("1.1.0")
    with pytest.raises(TargetError, match="not have all traffic") as caught:
        rig.target.finish(ref)
    assert caught.value.permanent


def test_start_is_the_same_for_the_same_token(rig):
    ref = rig.bring("1.1.0", "token")
    assert rig.target.start(rig.artifact("1.1.0"), "token") == ref
    rig.shift(ref, 100)
    assert rig.target.start(rig.artifact("1.1.0"), "token") == ref
    assert (rig.effects("RegisterTaskDefinition"), rig.effects("UpdateService")) == (1, 1)


def test_another_deployment_of_the_service_is_waited_for(rig):
    other = rig.bring("1.1.0", "one")
    with pytest.raises(TargetError, match=other.outside_id) as caught:
        rig.target.start(rig.artifact("1.0.0"), "two")
    assert not caught.value.permanent
    rig.target.clean(other)
    rig.until(lambda: not rig.target.clean(other) and "SUCCESSFUL" in rig.target.observe(other).outside_status)
    ref = rig.target.start(rig.artifact("1.0.0"), "two")
    assert ref != other


@pytest.mark.parametrize("weight", [-1, 7, 101])
def test_a_weight_that_ecs_does_not_stop_at_is_refused(rig, weight):
    ref = rig.bring("1.1.0")
    with pytest.raises(TargetError, match="ECS stops at 100 %") as caught:
        rig.target.shift(ref, weight)
    assert caught.value.permanent
    assert shares(rig, ref) == (0, 0)


def test_a_lower_weight_is_refused_and_none_at_all_rolls_back(account):
    rig = EcsRig(account, strategy="LINEAR", step_percent=25)
    ref = rig.bring("1.1.0")
    rig.shift(ref, 50)
    with pytest.raises(TargetError, match="can't lower") as caught:
        rig.target.shift(ref, 25)
    assert caught.value.permanent
    rig.target.shift(ref, 0)
    rig.until(lambda: rig.target.observe(ref).seen == 0)
    assert rig.ask("ada") == "1.0.0"


def test_green_without_tasks_gets_no_visitors(rig):
    ref = rig.target.start(rig.artifact("1.1.0", mode="sick"), "sick")
    with pytest.raises(TargetError, match="No task of green") as caught:
        rig.target.shift(ref, 100)
    assert not caught.value.permanent


@pytest.mark.parametrize("weight", [0, 50, 100])
def test_abort_gives_everything_back_to_blue(account, weight):
    rig = EcsRig(account, strategy="LINEAR", step_percent=25)
    ref = rig.bring("1.1.0")
    if weight:
        rig.shift(ref, weight)
    rig.target.abort(ref)
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).green is Health.ABSENT)
    rig.target.clean(ref)
    seen = rig.target.observe(ref)
    assert (seen.asked, seen.seen, seen.blue, seen.is_failed) == (0, 0, Health.HEALTHY, True)
    assert rig.ask("ada") == "1.0.0"
    assert rig.effects("StopServiceDeployment") == 1
    assert rig.effects("UpdateService") == 1


@pytest.mark.parametrize("after_s", [0, 4, 45, 53, 65])
def test_abort_works_in_every_stage(rig, after_s):
    ref = rig.target.start(rig.artifact("1.1.0"), "token")
    rig.account.advance(seconds=after_s)
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).outside_status == "ROLLBACK_SUCCESSFUL")
    assert rig.target.observe(ref).green is Health.ABSENT
    assert rig.ask("ada") == "1.0.0"


def test_abort_works_while_blue_is_being_retired(rig):
    ref = rig.bring("1.1.0")
    rig.shift(ref, 100)
    rig.target.finish(ref)
    rig.account.advance(seconds=10)
    assert "CLEAN_UP" in rig.target.observe(ref).outside_status
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).outside_status == "ROLLBACK_SUCCESSFUL")
    rig.until(lambda: rig.target.observe(None).blue is Health.HEALTHY)
    assert rig.ask("ada") == "1.0.0"


def test_after_success_the_way_back_is_a_deployment_of_the_older_one(rig):
    ref = rig.release("1.1.0")
    assert rig.ask("ada") == "1.1.0"
    rig.target.abort(ref)
    rig.target.abort(ref)
    seen = rig.target.observe(ref)
    assert (seen.asked, seen.seen, seen.is_finished) == (0, 100, False)
    rig.until(lambda: rig.target.observe(ref).seen == 0)
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).green is Health.ABSENT)
    rig.target.clean(ref)
    assert rig.target.observe(ref).blue is Health.HEALTHY
    assert rig.ask("ada") == "1.0.0"
    _, second = rig.account.calls("ecs:UpdateService")
    assert second.parameters["taskDefinition"] == rig.stage.task_definition
    assert second.parameters["deploymentConfiguration"]["lifecycleHooks"] == []
    assert not second.parameters["deploymentConfiguration"]["alarms"]["enable"]


def test_a_later_release_takes_over_from_a_finished_one(rig):
    first = rig.release("1.1.0", "one")
    second = rig.bring("1.0.0", "two")
    assert rig.target.observe(first).seen == 100
    with pytest.raises(TargetError, match="Another release") as caught:
        rig.target.abort(first)
    assert caught.value.permanent
    rig.shift(second, 100)
    rig.target.finish(second)
    rig.until(lambda: rig.target.observe(second).is_finished)
    seen = rig.target.observe(first)
    assert (seen.is_finished, seen.seen, seen.green) == (True, 0, Health.ABSENT)
    rig.target.abort(first)
    assert rig.ask("ada") == "1.0.0"
    assert rig.effects("UpdateService") == 2


def test_clean_refuses_while_green_has_traffic(account):
    rig = EcsRig(account, strategy="CANARY", step_percent=10)
    ref = rig.bring("1.1.0")
    rig.shift(ref, 10)
    with pytest.raises(TargetError, match="visitors") as caught:
        rig.target.clean(ref)
    assert caught.value.permanent
    rig.shift(ref, 100)
    rig.target.finish(ref)
    rig.until(lambda: rig.target.observe(ref).is_finished)
    with pytest.raises(TargetError, match="visitors"):
        rig.target.clean(ref)


def test_clean_takes_green_down(rig):
    ref = rig.bring("1.1.0")
    rig.target.clean(ref)
    rig.target.clean(ref)
    rig.until(lambda: rig.target.observe(ref).green is Health.ABSENT)
    assert rig.effects("StopServiceDeployment") == 1


def test_between_rollouts_blue_serves(rig):
    seen = rig.target.observe(None)
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.ABSENT, Health.HEALTHY, 0, 0)
    rig.bring("1.1.0")
    seen = rig.target.observe(None)
    assert (seen.green, seen.asked, seen.seen) == (Health.HEALTHY, 0, 0)


def test_a_rule_that_was_changed_by_hand_is_seen_and_put_back(rig):
    rig.meddle(40)
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (0, 40)
    assert seen.message == "40 % of the visitors are not sent to what ECS runs"
    with pytest.raises(TargetError, match="can't be adopted") as caught:
        rig.target.adopt()
    assert caught.value.permanent
    rig.target.restore()
    rig.target.restore()
    assert rig.target.observe(None).seen == 0
    assert len(rig.account.calls("elbv2:ModifyRule")) == 2  # the hand's, and ours


@pytest.mark.parametrize("share", [0, 10])
def test_a_rule_changed_by_hand_at_a_pause_is_put_back_and_the_promotion_goes_on(account, share):
    rig = EcsRig(account, strategy="CANARY", step_percent=10)
    ref = rig.bring("1.1.0")
    rig.shift(ref, share)
    rig.account.world.journal.clear()
    rig.meddle(55)
    seen = rig.target.observe(ref)
    assert (seen.asked, seen.seen, seen.is_failed) == (share, 55, False)
    assert seen.message == f"The production rule sends 55 % to green, and ECS gave it {share} %"
    rig.target.shift(ref, share)
    rig.target.shift(ref, share)
    assert rig.target.observe(ref).seen == share
    assert len(rig.account.calls("elbv2:ModifyRule")) == 2, "the hand's and ours"
    assert rig.effects("StopServiceDeployment") == 0
    rig.shift(ref, 100)
    assert rig.serving() == "1.1.0"


def test_restore_leaves_the_weights_to_ecs_while_it_deploys(account):
    rig = EcsRig(account, strategy="CANARY", step_percent=10)
    ref = rig.bring("1.1.0")
    rig.shift(ref, 10)
    rig.target.restore()
    assert account.calls("elbv2:ModifyRule") == []


def test_a_glance_tells_of_many_with_one_call(rig):
    ref = rig.bring("1.1.0")
    rig.account.world.journal.clear()
    glanced = view.glance(rig.account.client, [ref.outside_id, ref.outside_id])
    assert len(rig.account.calls("ecs:DescribeServiceDeployments")) == 1
    assert rig.target.observe(ref).outside_status == glanced[ref.outside_id]
    before = glanced[ref.outside_id]
    rig.shift(ref, 100)
    assert rig.target.observe(ref).outside_status != before


def test_more_than_twenty_are_asked_about_in_parts(rig):
    ref = rig.bring("1.1.0")
    rig.account.world.journal.clear()
    unknown = [f"{ref.outside_id}{number}" for number in range(10, 50)]
    assert set(deployments.describe(rig.account.client, [*unknown, ref.outside_id])) == {ref.outside_id}
    sizes = [len(one.parameters["serviceDeploymentArns"]) for one in rig.calls()]
    assert sizes == [20, 20, 1]


def test_an_unknown_rollout_is_absent(rig):
    seen = rig.target.observe(Ref("nobody's"))
    assert (seen.green, seen.asked, seen.seen, seen.blue) == (Health.ABSENT, 0, 0, Health.HEALTHY)
    for verb in (lambda: rig.target.shift(Ref("nobody's"), 100), lambda: rig.target.finish(Ref("nobody's"))):
        with pytest.raises(TargetError) as caught:
            verb()
        assert caught.value.permanent
    rig.target.abort(Ref("nobody's"))
    rig.target.clean(Ref("nobody's"))


def test_what_is_foreseen_is_what_is_called(account):
    rig = EcsRig(account, strategy="CANARY", step_percent=10)
    ref = rig.bring("1.1.0")
    foreseen = rig.target.foresee(ref, [10, 100])
    assert foreseen.calls == rig.target.foresee(ref, [10, 100]).calls
    assert not foreseen.obstacles
    account.world.journal.clear()
    rig.shift(ref, 10)
    assert rig.target.foresee(ref, [10, 100]).calls == foreseen.calls
    rig.shift(ref, 100)
    rig.target.finish(ref)
    rig.until(lambda: rig.target.observe(ref).is_finished)
    done = [f"{one.service}:{one.operation}" for one in account.world.journal.calls if _changes(one.operation)]
    assert done == [call.operation for call in foreseen.calls]


def _changes(operation):
    return not operation.startswith(("Describe", "List", "Get"))


def test_a_plan_that_ecs_can_not_follow_is_found_before(rig):
    ref = rig.bring("1.1.0")
    [found] = rig.target.foresee(ref, [10, 100]).obstacles
    assert found.sentence == "ECS's strategy BLUE_GREEN stops at 100 %, and the plan wants 10 %"


def test_the_role_needs_exactly_what_is_called(account):
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="shop-5xx", Namespace="x", MetricName="y", Threshold=1, EvaluationPeriods=1, Period=60,
        Statistic="Sum", ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    rig = EcsRig(account, strategy="CANARY", alarms=["shop-5xx"])
    ref = rig.bring("1.1.0")
    rig.target.foresee(ref, [10, 100])
    rig.target.target_groups()
    rig.shift(ref, 100)
    rig.target.finish(ref)
    rig.until(lambda: rig.target.observe(ref).is_finished)
    rig.target.abort(ref)
    rig.until(lambda: rig.target.observe(ref).outside_status == "SUCCESSFUL")
    again = rig.bring("1.1.0", "again")
    rig.target.abort(again)
    rig.until(lambda: rig.target.observe(again).outside_status == "ROLLBACK_SUCCESSFUL")
    rig.meddle(40)
    rig.target.restore()
    called = {f"{PREFIXES.get(one.service, one.service)}:{one.operation}" for one in rig.calls()}
    # Everybody may ask who they are; tags go with the registration; IAM is asked about roles, and tests have none.
    assert called - {"sts:GetCallerIdentity"} == ACTIONS - {
        "ecs:TagResource",
        "iam:GetRole",
        "iam:PassRole",
        "iam:SimulatePrincipalPolicy",
    }
