"""What stands at a side: addresses that others deploy to, and targets inside the target."""

from dataclasses import replace

import pytest

from releases.rules.observation import Health
from releases.targets.base import Artifact, TargetError
from releases.targets.memory import CAN, MemoryTarget
from releases.targets.sided.note import Side
from releases.targets.sided.places import health
from releases.targets.sided.places.address import Address
from releases.targets.sided.places.base import Standing
from releases.targets.sided.places.nested import Nested
from releases.targets.sided.target import TwoSided
from tests.contracts.rigs import release

ARTIFACT = Artifact("shop", "2", f"sha256:{2:0>64}", "0" * 40)


@pytest.fixture
def checks(account):
    client = account.client("route53")
    wanted = {"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.org", "RequestInterval": 30}
    made = client.create_health_check(CallerReference="a", HealthCheckConfig=wanted)["HealthCheck"]["Id"]
    return health.of_health_check(account.client, made)


def test_a_health_check_says_how_an_address_does(checks):
    assert checks().health is Health.HEALTHY
    assert "health checkers reach it" in checks().message


@pytest.mark.parametrize(
    ("reports", "wanted"),
    [
        ([], Health.STARTING),
        (["Success: HTTP Status Code 200, OK"] * 2 + ["Failure: Connection timed out"] * 8, Health.HEALTHY),
        (["Success: HTTP Status Code 200, OK"] * 18 + ["Failure: timeout"] * 82, Health.UNHEALTHY),
    ],
)
def test_more_than_18_per_cent_of_the_checkers_are_enough(reports, wanted):
    observations = [{"StatusReport": {"Status": report}} for report in reports]
    assert health._of_checkers(observations).health is wanted


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ([], Health.ABSENT),
        (["healthy", "unhealthy"], Health.HEALTHY),
        (["initial", "unhealthy"], Health.STARTING),
        (["unhealthy", "draining"], Health.UNHEALTHY),
        (["unused"], Health.STARTING),
    ],
)
def test_a_target_group_says_how_its_targets_do(states, wanted):
    assert health._of_targets([{"TargetHealth": {"State": state}} for state in states]).health is wanted


def test_a_target_group_is_asked_at_the_load_balancer(listener):
    look = health.of_target_group(listener.account.client, listener.groups[Side.A])
    assert look().health is Health.ABSENT


def test_a_health_check_that_is_gone_is_told(account):
    with pytest.raises(TargetError) as caught:
        health.of_health_check(account.client, "11111111-2222-3333-4444-555555555555")()
    assert caught.value.permanent


def two_addresses(rig):
    standing = {side: Standing(Health.HEALTHY) for side in Side}

    def look(side):
        return lambda: standing[side]

    places = {side: Address(f"region {side}", look(side), f"https://{side}.example.org/") for side in Side}
    return TwoSided("shop", rig.mover, places, rig.account.world.now), standing


def test_a_name_moves_between_two_addresses_that_others_deploy_to(listener):
    target, standing = two_addresses(listener)
    first = target.start(replace(ARTIFACT, version="1"), "first")
    target.shift(first, 100)
    target.finish(first)
    ref = target.start(ARTIFACT, "second")
    seen = target.observe(ref)
    assert (seen.green, seen.blue, seen.seen, seen.preview_url) == (
        Health.HEALTHY,
        Health.HEALTHY,
        0,
        "https://b.example.org/",
    )
    standing[Side.B] = Standing(Health.UNHEALTHY, "0 of 16 health checkers reach it")
    with pytest.raises(TargetError, match="0 of 16 health checkers") as caught:
        target.shift(ref, 10)
    assert not caught.value.permanent
    assert [one.code for one in target.foresee(ref, (100,)).obstacles] == ["green"]


def test_visitors_are_not_sent_back_to_an_address_that_is_down(listener):
    target, standing = two_addresses(listener)
    first = target.start(replace(ARTIFACT, version="1"), "first")
    target.shift(first, 100)
    target.finish(first)
    ref = target.start(ARTIFACT, "second")
    target.shift(ref, 50)
    standing[Side.A] = Standing(Health.UNHEALTHY)
    with pytest.raises(TargetError, match="Nothing answers at region a") as caught:
        target.abort(ref)
    assert not caught.value.permanent
    assert target.observe(ref).seen == 50
    standing[Side.B] = Standing(Health.UNHEALTHY)  # then either is as good, and blue is what is known
    target.abort(ref)
    assert target.observe(ref).seen == 0


def holding(rig):
    """Two services whose own targets hold a release back until it is promoted there."""
    nested = {side: MemoryTarget(f"inner-{side}", can=CAN) for side in Side}
    places = {side: Nested(f"side {side}", inner, f"https://{side}.example.org/") for side, inner in nested.items()}
    rig.target = TwoSided("shop", rig.mover, places, rig.account.world.now)
    return nested


def test_a_side_whose_target_holds_is_opened_before_the_first_visitor(listener):
    nested = holding(listener)
    release(listener, "1")
    ref = listener.target.start(ARTIFACT, "second")
    assert listener.target.observe(ref).green is Health.HEALTHY
    assert nested[Side.B].seen == 0
    listener.target.shift(ref, 10)
    assert nested[Side.B].blue.artifact.version == "2"
    listener.target.shift(ref, 20)
    assert [call[0] for call in nested[Side.B].calls].count("finish") == 1


def test_a_side_that_is_not_open_yet_gets_nobody(listener):
    nested = holding(listener)
    release(listener, "1")
    ref = listener.target.start(ARTIFACT, "second")
    nested[Side.B].script["finish"].append(TargetError("throttled", "too often", permanent=False))
    with pytest.raises(TargetError):
        listener.target.shift(ref, 10)
    assert listener.target.observe(ref).asked == 0
    listener.target.shift(ref, 10)
    assert listener.target.observe(ref).seen == 10


def test_what_is_on_its_way_is_taken_away_and_what_has_arrived_stays(listener):
    nested = holding(listener)
    release(listener, "1")
    ref = listener.target.start(ARTIFACT, "second")
    listener.target.clean(ref)
    assert nested[Side.B].other is None
    ref = listener.target.start(ARTIFACT, "third")
    listener.target.shift(ref, 10)
    listener.target.abort(ref)
    listener.target.clean(ref)
    assert nested[Side.B].blue.artifact.version == "2"
    assert listener.target.observe(ref).green is Health.ABSENT


def test_the_lease_is_long_enough_for_the_targets_inside(listener):
    holding(listener)
    can = listener.target.can
    assert can.call_limit_s > 2 * CAN.call_limit_s
    assert can.start_limit_s > 2 * CAN.start_limit_s
