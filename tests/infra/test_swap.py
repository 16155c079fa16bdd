"""The function that swaps the blue and green URLs, packaged and really run, by the portal and by CodeDeploy."""

import json
import zipfile

import pytest

from releases.targets.base import TargetError
from releases.targets.sided.movers import lambda_swap
from releases.targets.sided.movers.lambda_swap import LambdaSwap
from releases.targets.sided.note import Side
from simulator.faults import Kind
from tests.contracts.rigs import bring, release
from tests.contracts.sided import NAME, ListenerRig, Route53Rig
from tests.infra import swap

EXECUTION = "aaaabbbb"


@pytest.fixture
def package(tmp_path):
    return swap.pack(tmp_path)


@pytest.fixture
def listener(account, package):
    rig = ListenerRig(account)
    groups = {f"SWAP_{side.upper()}": arn for side, arn in rig.groups.items()}
    rig.function = swap.upload(account, package, SWAP_LISTENER=rig.arn, **groups)
    return rig


@pytest.fixture
def name(account, package):
    rig = Route53Rig(account)
    words = {"SWAP_ZONE": rig.zone, "SWAP_NAME": NAME, "SWAP_A": "a", "SWAP_B": "b"}
    rig.function = swap.upload(account, package, **words)
    return rig


def call(rig, **event):
    payload = json.dumps(event).encode()
    answer = rig.account.client("lambda").invoke(FunctionName=rig.function, Payload=payload)
    return json.loads(answer["Payload"].read())


def test_the_package_is_the_same_each_time(package, tmp_path):
    assert swap.pack(tmp_path / "again").read_bytes() == package.read_bytes()
    (entry,) = zipfile.ZipFile(package).infolist()
    assert entry.filename == "handler.py"
    assert entry.external_attr >> 16 == 0o644  # Lambda runs as another user than its owner


@pytest.mark.parametrize("kind", ["listener", "name"])
def test_it_swaps_to_the_side_that_is_wanted_and_only_if_needed(request, kind):
    rig = request.getfixturevalue(kind)
    rig.weigh(0)
    operation = "elbv2:ModifyListener" if kind == "listener" else "route53:ChangeResourceRecordSets"
    before = len(rig.account.calls(operation))
    assert call(rig, look=True)["share_b"] == 0
    assert call(rig, swap="b") == {"found": 0, "share_b": 100, "is_changed": True}
    assert call(rig, swap="b") == {"found": 100, "share_b": 100, "is_changed": False}
    assert rig.share_b() == 100
    assert len(rig.account.calls(operation)) == before + 1


def test_the_test_listener_leads_to_the_other_side(account, package):
    rig = ListenerRig(account)
    balancer = rig.client.describe_listeners(ListenerArns=[rig.arn])["Listeners"][0]["LoadBalancerArn"]
    closed = {"Type": "forward", "TargetGroupArn": rig.groups[Side.B]}
    test = rig.client.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=8080, DefaultActions=[closed])
    arn = test["Listeners"][0]["ListenerArn"]
    groups = {f"SWAP_{side.upper()}": group for side, group in rig.groups.items()}
    rig.function = swap.upload(account, package, SWAP_LISTENER=rig.arn, SWAP_TEST_LISTENER=arn, **groups)
    rig.weigh(0)
    call(rig, swap="b")
    found = rig.client.describe_listeners(ListenerArns=[rig.arn, arn])["Listeners"]
    shares = {
        one["Port"]: [group["Weight"] for group in one["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]]
        for one in found
    }
    assert shares == {80: [0, 100], 8080: [100, 0]}
    assert not call(rig, swap="b")["is_changed"]


def test_what_it_can_not_do_is_an_error(name):
    assert "weighted record of each side" in call(name, swap="b")["errorMessage"]
    assert "The event is" in call(name, hello=True)["errorMessage"]


def test_codedeploy_calls_it_twice_and_it_swaps_once(listener):
    listener.weigh(0)
    put = "codedeploy:PutLifecycleEventHookExecutionStatus"
    event = {"DeploymentId": "d-ABCDEFGHI", "LifecycleEventHookExecutionId": EXECUTION}
    call(listener, **event)
    call(listener, **event)
    assert listener.share_b() == 100
    sent = [one.parameters for one in listener.account.calls(put)]
    assert {(one["deploymentId"], one["lifecycleEventHookExecutionId"], one["status"]) for one in sent} == {
        ("d-ABCDEFGHI", EXECUTION, "Succeeded")
    }
    call(listener, **{**event, "DeploymentId": "d-ANOTHER01"})
    assert listener.share_b() == 0


def test_codedeploy_is_told_when_it_fails(listener):
    listener.weigh(50)
    call(listener, DeploymentId="d-ABCDEFGHI", LifecycleEventHookExecutionId=EXECUTION)
    sent = listener.account.calls("codedeploy:PutLifecycleEventHookExecutionStatus")
    assert {one.parameters["status"] for one in sent} == {"Failed"}
    assert listener.share_b() == 50


def through_the_function(rig):
    rig.mover = LambdaSwap(rig.function, rig.account.client)
    rig.target = type(rig.target)(rig.fresh(), rig.account)
    return rig


def test_the_portal_swaps_through_it_and_back(listener):
    rig = through_the_function(listener)
    release(rig, "1")
    ref = bring(rig, "2")
    assert rig.target.can.weights == (100,)
    found = rig.target.foresee(ref, (100,))
    assert found.calls[0].what == "function CodeDeployHook_shop-swap swaps to side b"
    assert not found.obstacles
    with pytest.raises(TargetError):
        rig.target.shift(ref, 50)
    rig.account.world.journal.clear()
    rig.target.shift(ref, 100)
    assert (rig.share_b(), rig.target.observe(ref).seen) == (100, 100)
    rig.target.abort(ref)
    assert (rig.share_b(), rig.target.observe(ref).seen) == (0, 0)
    asked = {one for one in rig.account.world.journal.counts() if one.startswith("lambda:")}
    assert {one.replace("lambda:Invoke", "lambda:InvokeFunction") for one in asked} == lambda_swap.ACTIONS


def test_a_swap_of_dns_records_is_seen_when_visitors_follow(name):
    name.weigh(0)
    through_the_function(name)
    ref = bring(name, "1")
    name.fresh().shift(ref, 100)
    assert name.target.observe(ref).seen == 0
    name.account.advance(seconds=121)
    assert name.target.observe(ref).seen == 100


def test_an_answer_that_was_lost_swaps_nothing_twice(listener):
    rig = through_the_function(listener)
    release(rig, "1")
    ref = bring(rig, "2")
    rig.account.world.journal.clear()
    # One look before it, and then every try of the swap.
    rig.account.fault("lambda:Invoke", Kind.DROP_AFTER, skip=1, times=3)
    with pytest.raises(TargetError) as caught:
        rig.fresh().shift(ref, 100)
    assert not caught.value.permanent
    rig.target.shift(ref, 100)
    assert rig.target.observe(ref).seen == 100
    assert len(rig.account.calls("elbv2:ModifyListener")) == 1


def test_a_function_that_fails_is_told(name):
    rig = through_the_function(name)
    with pytest.raises(TargetError, match="weighted record of each side") as caught:
        rig.mover.move(100)
    assert not caught.value.permanent
