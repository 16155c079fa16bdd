"""Before a release doubles a service's tasks: whether the account has room, and what is said where nobody can tell."""

import pytest

from releases.targets.base import TargetError
from simulator.services import servicequotas
from simulator.services.elbv2.targets import TARGETS
from tests.contracts.codedeploy import CodeDeployRig
from tests.contracts.ecs import EcsRig

VCPU = ("fargate", "L-3032A538")


@pytest.fixture(params=[CodeDeployRig, EcsRig], ids=["codedeploy", "ecs"])
def rig(request, account):
    return request.param(account)


@pytest.fixture
def codedeploy(account):
    return CodeDeployRig(account)


def finding(rig, ref, code):
    """Will give the one finding of that code."""
    (found,) = [one for one in rig.target.foresee(ref, [100]).findings if one.code == code]
    return found


def test_nothing_is_begun_where_fargate_has_no_room_for_a_second_colour(rig):
    servicequotas.set_quota(*VCPU, 0.75)
    with pytest.raises(TargetError, match=r"runs 0.5 of the 0.75 vCPU .* 2 tasks to start need 0.5 vCPU") as caught:
        rig.target.start(rig.artifact(), "t")
    assert not caught.value.permanent
    assert rig.effects("codedeploy:CreateDeployment") == 0
    assert not rig.account.calls("ecs:UpdateService")
    servicequotas.set_quota(*VCPU, 1)
    rig.bring(token="t")


def test_both_colours_are_counted_before_a_promotion(rig):
    ref = rig.bring()
    found = finding(rig, ref, "quota")
    assert (found.is_good, "runs 1 of the 6 vCPU" in found.sentence) == (True, True)
    servicequotas.set_quota(*VCPU, 1)
    rig.take_down("1.1.0")
    rig.account.world.faults.clear()
    assert finding(rig, ref, "quota").is_blocking


@pytest.mark.parametrize("call", ["service-quotas:GetServiceQuota", "cloudwatch:GetMetricData"])
def test_what_may_not_be_read_is_no_pass_and_stops_nobody(rig, call):
    ref = rig.bring()
    rig.account.fault(call, code="AccessDeniedException", message="not authorized", times=None)
    found = finding(rig, ref, "quota")
    assert (found.is_good, found.is_blocking) == (False, False)
    assert "is not known" in found.sentence
    assert "Give the role this permission" in found.sentence


def test_a_start_does_not_wait_for_what_may_not_be_read(rig):
    rig.account.fault("service-quotas:GetServiceQuota", code="AccessDeniedException", times=None)
    assert rig.target.start(rig.artifact(), "t").outside_id


def test_an_ecs_image_that_is_gone_stops_a_promotion(account):
    rig = EcsRig(account)
    ref = rig.bring()
    assert finding(rig, ref, "image").is_good
    digest = rig.stage.ground.digests["1.1.0"]
    account.client("ecr").batch_delete_image(repositoryName=rig.stage.ground.name, imageIds=[{"imageDigest": digest}])
    assert (finding(rig, ref, "image").is_good, finding(rig, ref, "image").is_blocking) == (False, True)


def test_a_newer_service_deployment_stops_a_promotion(account):
    rig = EcsRig(account)
    ref = rig.bring()
    assert finding(rig, ref, "service").is_good
    ecs, ground = account.hand("ecs"), rig.stage.ground
    ecs.update_service(cluster=ground.cluster, service=rig.stage.service, forceNewDeployment=True)
    found = finding(rig, ref, "service")
    assert (found.is_good, found.is_blocking) == (False, True)


def test_what_is_left_of_codedeploys_patience_is_told(codedeploy):
    ref = codedeploy.bring()
    found = finding(codedeploy, ref, "ready-wait")
    assert found.is_good
    assert f"then it stops {ref.outside_id} and takes green down, and blue serves on" in found.sentence
    codedeploy.account.advance(minutes=53)
    late = finding(codedeploy, ref, "ready-wait")
    assert (late.is_good, late.is_blocking) == (False, False)
    minutes = int(late.sentence.split("waits ")[1].split(" min")[0])
    codedeploy.account.advance(minutes=minutes, seconds=-30)
    assert codedeploy.account.client("codedeploy").get_deployment(deploymentId=ref.outside_id)["deploymentInfo"][
        "status"
    ] == ("Ready")
    codedeploy.account.advance(seconds=120)
    assert codedeploy.target.observe(ref).is_failed


def test_a_group_that_another_deployment_has_stops_a_promotion(codedeploy):
    ref = codedeploy.bring()
    assert finding(codedeploy, ref, "group").is_good
    client = codedeploy.account.client("codedeploy")
    client.stop_deployment(deploymentId=ref.outside_id, autoRollbackEnabled=False)
    codedeploy.account.advance(minutes=10)
    other = codedeploy.target.start(codedeploy.artifact("1.0.0"), "other")
    found = finding(codedeploy, ref, "group")
    assert (found.is_good, found.is_blocking) == (False, True)
    assert other.outside_id in found.sentence


def test_a_listener_of_somebody_else_that_leads_to_green_stops_a_promotion(codedeploy):
    ref, ground = codedeploy.bring(), codedeploy.stage.ground
    assert finding(codedeploy, ref, "listeners").is_good
    codedeploy.account.hand("elbv2").create_listener(
        LoadBalancerArn=ground.load_balancer,
        Protocol="HTTP",
        Port=9090,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ground.green_target_group}],
    )
    found = finding(codedeploy, ref, "listeners")
    assert (found.is_good, found.is_blocking) == (False, True)
    assert "to green already" in found.sentence


def test_targets_that_do_not_answer_or_are_not_greens_stop_a_promotion(codedeploy):
    ref, group = codedeploy.bring(), codedeploy.stage.ground.green_target_group
    assert finding(codedeploy, ref, "targets").sentence == "2 of green's 2 targets answer"
    TARGETS.of(group)[0].is_well = False
    assert finding(codedeploy, ref, "targets").sentence == "1 of green's 2 targets answer"
    TARGETS.of(group)[0].is_well = True
    TARGETS.register(group, "10.0.9.9", 8000)
    found = finding(codedeploy, ref, "targets")
    assert (found.is_good, found.is_blocking) == (False, True)
    assert "somebody else's are among them" in found.sentence
