"""A DNS name that is moved: what visitors have by now, hands that meddle, protections, and an AWS that has bad days."""

import pytest

from releases.rules.observation import Health
from releases.targets.base import TargetError
from releases.targets.sided import config
from releases.targets.sided.movers import route53 as mover
from releases.targets.sided.movers.route53 import Route53
from releases.targets.sided.note import Side
from simulator.faults import Kind
from simulator.services.route53 import zones
from tests.contracts.rigs import bring, release
from tests.contracts.sided import NAME, Route53Rig, record, settings

CHANGE = "route53:ChangeResourceRecordSets"


@pytest.fixture
def shop(route53):
    release(route53, "1")
    return route53


def weights(rig):
    found = rig.client.list_resource_record_sets(HostedZoneId=rig.zone)["ResourceRecordSets"]
    return {one["SetIdentifier"]: one["Weight"] for one in found if "SetIdentifier" in one}


def shares(target, ref):
    seen = target.observe(ref)
    return seen.asked, seen.seen


def test_visitors_follow_when_it_is_in_force_and_the_answers_have_aged_out(account, shop):
    ref, target = bring(shop, "2"), shop.fresh()
    zones.let_changes_take(20)
    target.shift(ref, 30)
    assert weights(shop) == {"a": 70, "b": 30}
    assert shares(target, ref) == (30, 0)
    account.advance(seconds=15)
    target.shift(ref, 30)  # as every tick says it again
    account.advance(seconds=10)
    target.shift(ref, 30)  # in force since 20 s; it is known from now on
    account.advance(seconds=58)
    assert shares(target, ref) == (30, 0)
    account.advance(seconds=3)
    assert shares(target, ref) == (30, 30)
    assert len(account.calls(CHANGE)) == 2  # the first release's, and this one


def test_a_change_that_is_not_in_force_is_not_seen_however_long_it_takes(account, shop):
    ref, target = bring(shop, "2"), shop.fresh()
    zones.let_changes_take(600)
    target.shift(ref, 30)
    account.advance(seconds=300)
    assert shares(target, ref) == (30, 0)
    account.advance(seconds=301)
    assert shares(target, ref) == (30, 30)


def test_a_rollback_has_visitors_until_the_answers_have_aged_out(account, shop):
    ref, target = bring(shop, "2"), shop.fresh()
    shop.target.shift(ref, 100)
    target.abort(ref)
    assert shares(target, ref) == (0, 100)
    with pytest.raises(TargetError) as caught:
        target.clean(ref)
    assert caught.value.permanent
    account.advance(seconds=121)
    assert shares(target, ref) == (0, 0)
    target.clean(ref)


def test_an_alias_is_remembered_for_its_own_minute(shop):
    aliases = {
        side: {"alias": {"zone_id": "Z2FDTNDATAQYW2", "dns_name": f"{side}.eu-west-1.elb.amazonaws.com"}}
        for side in "ab"
    }
    read = config.read_route53(settings(shop.zone, ttl_s=5, sides=aliases, types=["A", "AAAA"]))
    assert read.memory_s == 60
    moves = Route53(read, shop.account.client)
    shop.change(*(record(side, weight) for side, weight in (("a", 100), ("b", 0))), action="DELETE")
    moves.move(25)
    assert moves.look().shares_b == (25, 25)
    assert moves.look().message == ""
    assert len(shop.account.calls(CHANGE)[-1].parameters["ChangeBatch"]["Changes"]) == 4


@pytest.mark.parametrize(
    ("by_hand", "seen", "told"),
    [
        ([("a", 1), ("b", 3)], 75, "don't add up to 100"),
        ([("a", 255), ("b", 1)], 1, "don't add up to 100"),
        ([("a", 0), ("b", 0)], 50, "all weights of A are 0"),
        ([("a", 70), ("b", 30), ("c", 100)], 15, "c is none of the two sides'"),
        ([("a", 0), ("b", 0), ("c", 10)], 0, "c is none of the two sides'"),
    ],
)
def test_a_hand_that_meddles_is_seen_told_and_put_right(account, shop, by_hand, seen, told):
    ref = bring(shop, "2")
    shop.target.shift(ref, 30)
    shop.change(*(record(side, weight) for side, weight in by_hand))
    found = shop.target.observe(ref)
    assert (found.asked, found.seen) == (30, seen)
    assert told in found.message
    shop.target.shift(ref, 30)
    assert {side: weights(shop)[side] for side in "ab"} == {"a": 70, "b": 30}


def test_a_record_that_is_missing_is_told_and_made_again(shop):
    ref = bring(shop, "2")
    shop.target.shift(ref, 30)
    shop.change(record("a", 70), action="DELETE")
    found = shop.target.observe(ref)
    assert (found.asked, found.seen) == (30, 100)
    assert "the A record a is missing" in found.message
    shop.target.abort(ref)
    assert weights(shop) == {"a": 100, "b": 0}


def test_an_address_changed_by_hand_is_told_and_put_right(shop):
    ref = bring(shop, "2")
    shop.change(record("b", 0, ResourceRecords=[{"Value": "203.0.113.9"}]))
    assert "not those of the configuration" in shop.target.observe(ref).message
    assert [one.code for one in shop.target.foresee(ref, (100,)).obstacles] == ["records"]
    shop.target.restore()
    assert shop.target.observe(ref).message == ""


def test_a_plain_record_in_the_way_is_foreseen(route53):
    plain = {key: value for key, value in record("a", 1).items() if key not in {"SetIdentifier", "Weight"}}
    route53.change(plain)
    ref = bring(route53, "1")
    (obstacle,) = route53.target.foresee(ref, (100,)).obstacles
    assert "a plain record without weights" in obstacle.sentence
    with pytest.raises(TargetError) as caught:
        route53.target.shift(ref, 100)
    assert caught.value.permanent
    assert "InvalidChangeBatch" in caught.value.message


def test_what_served_before_the_portal_came_is_blue(route53):
    route53.change(record("a", 0), record("b", 100))
    release(route53, "1")
    assert route53.nested[Side.A].blue.artifact.version == "1"
    assert weights(route53) == {"a": 100, "b": 0}


def test_a_rollback_needs_no_note(shop):
    ref = bring(shop, "2")
    shop.target.shift(ref, 30)
    forget(shop)
    assert shares(shop.target, ref) == (30, 30)
    with pytest.raises(TargetError, match="the tag that says which of them is blue is gone"):
        shop.target.observe(None)
    shop.target.abort(ref)
    assert weights(shop) == {"a": 100, "b": 0}
    assert shares(shop.target, ref) == (0, 0)


def test_a_note_that_somebody_wrote_is_refused(shop):
    shop.mover.write_note("owner=me")
    with pytest.raises(TargetError, match="was changed") as caught:
        shop.target.observe(None)
    assert caught.value.permanent


def forget(rig):
    tags = rig.client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=rig.zone)["ResourceTagSet"]["Tags"]
    keys = [tag["Key"] for tag in tags]
    rig.client.change_tags_for_resource(ResourceType="hostedzone", ResourceId=rig.zone, RemoveTagKeys=keys)


def test_the_portal_holds_the_protection_and_nobody_else_moves_the_name(account):
    rig = Route53Rig(account, is_protected=True)
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 30)
    assert weights(rig) == {"a": 70, "b": 30}
    with pytest.raises(rig.client.exceptions.InvalidChangeBatch):
        rig.weigh(90)
    finding = next(one for one in rig.target.foresee(ref, (100,)).findings if one.code == "protection")
    assert finding.is_good


def test_a_protection_that_was_lifted_is_put_back_by_the_next_call(account):
    rig = Route53Rig(account, is_protected=True)
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 30)
    held = [{"RecordName": NAME, "RecordType": "A"}]
    rig.client.delete_resource_record_set_protections(HostedZoneId=rig.zone, Protections=held)
    finding = next(one for one in rig.target.foresee(ref, (100,)).findings if one.code == "protection")
    assert not finding.is_good
    assert not finding.is_blocking
    rig.target.shift(ref, 30)
    with pytest.raises(rig.client.exceptions.InvalidChangeBatch):
        rig.weigh(90)


def test_a_protection_of_somebody_else_is_foreseen(shop):
    ref = bring(shop, "2")
    held = [{"RecordName": NAME, "RecordType": "A"}]
    shop.client.create_resource_record_set_protections(HostedZoneId=shop.zone, Protections=held)
    assert [one.code for one in shop.target.foresee(ref, (100,)).obstacles] == ["protection"]


@pytest.mark.parametrize("code", ["PriorRequestNotComplete", "Throttling"])
def test_being_asked_too_often_is_not_for_ever(account, shop, code):
    ref = bring(shop, "2")
    account.fault(CHANGE, code=code, times=3)
    with pytest.raises(TargetError) as caught:
        shop.fresh().shift(ref, 30)
    assert not caught.value.permanent
    assert shares(shop.target, ref) == (30, 0)
    shop.target.shift(ref, 30)
    assert shares(shop.target, ref) == (30, 30)


def test_an_answer_that_was_lost_is_found_again(account, shop):
    ref = bring(shop, "2")
    account.fault(CHANGE, Kind.DROP_AFTER, times=3)
    with pytest.raises(TargetError) as caught:
        shop.fresh().shift(ref, 30)
    assert not caught.value.permanent
    assert weights(shop) == {"a": 70, "b": 30}
    assert shares(shop.target, ref) == (30, 0)
    before = len(account.calls(CHANGE))
    shop.target.shift(ref, 30)
    assert len(account.calls(CHANGE)) == before
    assert shares(shop.target, ref) == (30, 30)


@pytest.mark.parametrize("operation", ["ListResourceRecordSets", "ListTagsForResource", "ChangeTagsForResource"])
def test_a_role_that_is_refused_leaves_the_visitors_where_they_are(account, shop, operation):
    ref = bring(shop, "2")
    account.fault(f"route53:{operation}", code="AccessDenied", message="not authorized", status=403)
    with pytest.raises(TargetError) as caught:
        shop.fresh().shift(ref, 30)
    assert caught.value.permanent
    assert "does not allow" in caught.value.message
    assert weights(shop) == {"a": 100, "b": 0}


def test_an_earlier_move_on_its_way_is_foreseen(shop):
    ref = bring(shop, "2")
    shop.fresh().shift(ref, 30)
    pending = next(one for one in shop.target.foresee(ref, (100,)).findings if one.code == "pending")
    assert not pending.is_good
    assert not pending.is_blocking


def test_foresee_names_every_batch(shop):
    ref = bring(shop, "2")
    calls = shop.target.foresee(ref, (10, 100)).calls
    assert [call.what for call in calls] == [
        f"{NAME} A: a 90, b 10",
        f"{NAME} A: a 0, b 100",
        "shop: side b becomes blue, side a stays as it is",
    ]


def test_the_module_names_the_actions_that_it_takes(account):
    rig = Route53Rig(account, is_protected=True)
    account.world.journal.clear()
    release(rig, "1")
    ref = bring(rig, "2")
    rig.fresh().shift(ref, 30)
    rig.target.shift(ref, 30)
    rig.target.abort(ref)
    made = set(account.world.journal.counts())
    assert made == mover.ACTIONS | mover.PROTECTION_ACTIONS


def test_it_says_how_long_the_way_back_takes(shop):
    assert shop.fresh().can.rollback_s == 121
    assert shop.fresh().can.takes_any_weight
    assert shop.target.observe(None).blue is Health.HEALTHY
