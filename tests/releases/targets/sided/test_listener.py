"""A load balancer's weights: exact, at once, and what stands beside them is kept."""

import pytest

from releases.targets.base import TargetError
from releases.targets.sided import config
from releases.targets.sided.movers import listener as mover
from releases.targets.sided.movers.listener import Listener
from releases.targets.sided.note import Side
from tests.contracts.rigs import bring, release
from tests.contracts.sided import ListenerRig


def forward(rig):
    actions = rig.client.describe_listeners(ListenerArns=[rig.arn])["Listeners"][0]["DefaultActions"]
    return actions[-1]["ForwardConfig"]


def weights(rig):
    return [one["Weight"] for one in forward(rig)["TargetGroups"]]


def test_weights_are_exact_and_in_force_at_once(listener):
    release(listener, "1")
    ref, target = bring(listener, "2"), listener.fresh()
    for weight in (1, 37, 99, 100):
        target.shift(ref, weight)
        seen = target.observe(ref)
        assert (seen.asked, seen.seen) == (weight, weight)
        assert weights(listener) == [100 - weight, weight]


def test_a_visitor_is_kept_where_stickiness_is_wanted(account):
    rig = ListenerRig(account, stickiness_s=600)
    release(rig, "1")
    assert forward(rig)["TargetGroupStickinessConfig"] == {"Enabled": True, "DurationSeconds": 600}


def test_a_rule_is_moved_as_a_listener_is(listener):
    condition = {"Field": "path-pattern", "Values": ["/shop/*"]}
    closed = {"Type": "forward", "TargetGroupArn": listener.groups[Side.A]}
    made = listener.client.create_rule(ListenerArn=listener.arn, Priority=1, Conditions=[condition], Actions=[closed])
    rule = made["Rules"][0]["RuleArn"]
    moves = Listener(config.read_listener({**listener.settings(), "arn": rule}), listener.account.client)
    assert moves.look().shares_b == (0,)
    moves.move(40)
    assert moves.look().shares_b == (40,)
    moves.write_note("v=1")
    assert moves.read_note() == "v=1"
    calls = listener.account.calls("elbv2:ModifyRule")
    moves.move(40)
    assert listener.account.calls("elbv2:ModifyRule") == calls


def test_a_stranger_among_the_target_groups_is_told_and_put_right(listener):
    release(listener, "1")
    ref = bring(listener, "2")
    listener.target.shift(ref, 30)
    arn = listener.client.create_target_group(Name="stranger", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    groups = [*forward(listener)["TargetGroups"], {"TargetGroupArn": arn, "Weight": 100}]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    listener.client.modify_listener(ListenerArn=listener.arn, DefaultActions=[action])
    seen = listener.target.observe(ref)
    assert (seen.asked, seen.seen) == (30, 15)
    assert "none of the two sides'" in seen.message
    assert [one.code for one in listener.target.foresee(ref, (100,)).obstacles] == ["weights"]
    listener.target.shift(ref, 30)
    assert weights(listener) == [70, 30]


def test_a_listener_that_is_gone_is_told(listener):
    listener.client.delete_listener(ListenerArn=listener.arn)
    with pytest.raises(TargetError) as caught:
        listener.target.observe(None)
    assert caught.value.permanent


def test_the_module_names_the_actions_that_it_takes(listener):
    account = listener.account
    account.world.journal.clear()
    release(listener, "1")
    ref = bring(listener, "2")
    listener.target.shift(ref, 30)
    made = {call.replace("elbv2", "elasticloadbalancing") for call in account.world.journal.counts()}
    assert made == mover.ACTIONS
