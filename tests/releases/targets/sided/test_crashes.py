"""Killed before and after every call to AWS: the next one goes on, to one right end, and moves nothing twice."""

import pytest

from releases.rules.observation import Health
from releases.targets.sided.note import Side
from tests.contracts.rigs import bring, release
from tests.contracts.sided import ListenerRig, Route53Rig
from tests.killing import at_every_point

MOVES = {
    "route53": ("route53:ChangeResourceRecordSets", ["route53"]),
    "listener": ("elbv2:ModifyListener", ["elbv2"]),
}


def shifted(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    return ref, lambda target: target.shift(ref, 30), (30, 30, False), 1


def aborted(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 60)
    return ref, lambda target: target.abort(ref), (0, 0, False), 1


def finished(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 100)
    return ref, lambda target: target.finish(ref), (100, 100, True), 0


def taken_back_after_the_finish(rig):
    release(rig, "1")
    ref = release(rig, "2")
    return ref, lambda target: target.abort(ref), (0, 0, False), 1


def cleaned(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    return ref, lambda target: target.clean(ref), (0, 0, False), 0


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("scene", [shifted, aborted, finished, taken_back_after_the_finish, cleaned])
def test_a_killed_verb_is_said_again_and_ends_well(account, kind, scene):
    operation, services = MOVES[kind]
    made = {}

    def make():
        rig = Route53Rig(account, is_protected=True) if kind == "route53" else fresh_listener(account)
        ref, act, wanted, moves = scene(rig)
        account.world.journal.clear()
        made.update(rig=rig, ref=ref, act=act, wanted=wanted, moves=moves)
        return lambda: act(rig.fresh())

    def then():
        rig, ref = made["rig"], made["ref"]
        for _ in range(12):
            target = rig.fresh()
            made["act"](target)
            seen = target.observe(ref)
            if (seen.asked, seen.seen, seen.is_finished) == made["wanted"]:
                break
            account.advance(seconds=30)
        assert (seen.asked, seen.seen, seen.is_finished) == made["wanted"]
        effective = [call for call in account.calls(operation) if call.is_effective]
        assert len(effective) == made["moves"]
        if kind == "route53":
            held = rig.client.list_resource_record_set_protections(HostedZoneId=rig.zone)
            assert len(held["ResourceRecordSetProtections"]) == 1

    assert at_every_point(account.client, services, make, then) >= 6


def fresh_listener(account):
    account.world.reset()
    return ListenerRig(account)


def test_a_killed_start_brings_nothing_twice(account):
    made = {}

    def make():
        rig = Route53Rig(account)
        release(rig, "1")
        artifact = rig.artifact("2")
        made.update(rig=rig, artifact=artifact)
        return lambda: rig.fresh().start(artifact, "second")

    def then():
        rig = made["rig"]
        target = rig.fresh()
        ref = target.start(made["artifact"], "second")
        assert target.start(made["artifact"], "second") == ref
        seen = target.observe(ref)
        assert (seen.green, seen.asked, seen.seen, seen.blue) == (Health.HEALTHY, 0, 0, Health.HEALTHY)
        assert len(rig.copies("2")) == 1
        assert rig.nested[Side.A].blue.artifact.version == "1"

    assert at_every_point(account.client, ["route53"], make, then) >= 6
