"""A dataset's environment: what its pointer leads to, through a promotion, a rollback, a crash and a hand."""

import pytest

from analytics.operations import serving as serving_operations
from analytics.operations import shelf
from releases.rules.observation import Health
from releases.targets import registry
from releases.targets.base import Artifact, Ref, TargetError
from tests.analytics.doses import DATASET, NOW


@pytest.fixture
def target(state_dir):
    return registry.target_for("dataset", "doses-pages", {"dataset": DATASET, "pages": "/data/"})


@pytest.fixture
def pointed(state_dir):
    return lambda: shelf.serving(state_dir, DATASET)


def artifact(revision):
    return Artifact(DATASET, revision, f"sha256:{1:064}", "", image=f"{DATASET}/{revision}@sha256:{1:064}")


def promoted(target, revision, token):
    ref = target.start(artifact(revision), token)
    target.shift(ref, 100)
    target.finish(ref)
    return ref


def test_a_first_release_and_a_second(target, bring, pointed):
    first, second = bring("first"), bring("second", days=31)
    assert target.observe(None).blue is Health.ABSENT
    promoted(target, first, "one")
    assert (pointed(), target.observe(None).blue) == (first, Health.HEALTHY)
    ref = target.start(artifact(second), "two")
    seen = target.observe(ref)
    assert (seen.green, seen.asked, seen.seen, seen.blue, pointed()) == (Health.HEALTHY, 0, 0, Health.HEALTHY, first)
    assert f"green={second}&blue={first}" in seen.preview_url
    target.shift(ref, 100)
    assert (pointed(), target.observe(ref).seen) == (second, 100)
    target.finish(ref)
    assert target.observe(ref).is_finished
    assert target.start(artifact(second), "two") == ref


def test_a_rollback_leads_every_reader_back_also_after_it_finished(target, bring, pointed):
    first, second = bring("first"), bring("second", days=31)
    promoted(target, first, "one")
    ref = promoted(target, second, "two")
    for _ in range(2):
        target.abort(ref)
        assert (pointed(), target.observe(ref).seen) == (first, 0)
    target.clean(ref)
    target.clean(ref)
    assert target.observe(ref).green is Health.ABSENT
    again = promoted(target, second, "three")
    assert (pointed(), target.observe(again).is_finished) == (second, True)


def test_a_first_release_taken_back_leaves_nothing(target, bring, pointed):
    ref = target.start(artifact(bring("first")), "one")
    target.shift(ref, 100)
    target.abort(ref)
    assert pointed() == ""


@pytest.mark.parametrize("weight", [1, 50, 99])
def test_half_a_dataset_is_refused(target, bring, weight):
    ref = target.start(artifact(bring("first")), "one")
    with pytest.raises(TargetError, match="whole or not at all"):
        target.shift(ref, weight)


def test_a_hand_on_the_pointer_is_seen_put_right_or_adopted(target, bring, serve, pointed):
    first, second, third = bring("first"), bring("second", days=31), bring("third", days=32)
    promoted(target, first, "one")
    serve(third)
    idle = target.observe(None)
    assert (idle.asked, idle.seen) == (0, 100)
    assert third in idle.message
    target.restore()
    assert pointed() == first
    serve(third)
    target.adopt()
    assert (target.observe(None).seen, pointed()) == (0, third)
    ref = target.start(artifact(second), "two")
    target.shift(ref, 100)
    serve(first)
    assert target.observe(ref).seen == 0
    target.shift(ref, 100)
    assert (target.observe(ref).seen, pointed()) == (100, second)


def test_what_served_before_anybody_released_it_is_blue(target, bring, serve):
    revision = bring("first")
    serve(revision)
    seen = target.observe(None)
    assert (seen.blue, seen.asked, seen.seen) == (Health.HEALTHY, 0, 0)
    with pytest.raises(TargetError, match="serves already"):
        target.start(artifact(revision), "one")


def test_a_snapshot_that_can_not_serve_is_refused_with_its_reason(target, bring, state_dir):
    revision = bring("first")
    serving_operations.quarantine(state_dir, DATASET, revision=revision, why="revoked", by="ada", now=NOW)
    with pytest.raises(TargetError, match=r"in quarantine since 2026-01-01 \(revoked\)") as caught:
        target.start(artifact(revision), "one")
    assert caught.value.permanent
    for wrong in (artifact("0123456789ab"), Artifact("x", "1", "", "", image="other/1@sha256:0")):
        with pytest.raises(TargetError):
            target.start(wrong, "two")


def test_green_that_breaks_is_told_and_blue_that_breaks_keeps_readers_on_green(target, bring, state_dir, pointed):
    first, second = bring("first"), bring("second", days=31)
    promoted(target, first, "one")
    ref = target.start(artifact(second), "two")
    file = shelf.snapshot_path(state_dir, DATASET, second)
    whole = file.read_bytes()
    file.unlink()
    seen = target.observe(ref)
    assert (seen.green, seen.is_failed) == (Health.UNHEALTHY, True)
    with pytest.raises(TargetError):
        target.shift(ref, 100)
    assert pointed() == first
    file.write_bytes(whole)
    target.shift(ref, 100)
    shelf.snapshot_path(state_dir, DATASET, first).unlink()
    with pytest.raises(TargetError, match="readers stay on green"):
        target.abort(ref)
    assert pointed() == second


def test_what_is_kept_survives_and_nonsense_in_it_is_told(target, bring, state_dir):
    promoted(target, bring("first"), "one")
    again = registry.target_for("dataset", "doses-pages", {"dataset": DATASET})
    assert again.observe(Ref("one")).is_finished
    (state_dir / "datasets" / "doses-pages" / "slots.json").write_text("{")
    with pytest.raises(TargetError, match="does not say which snapshot is blue"):
        again.observe(None)


def test_an_unknown_rollout_is_absent(target, bring):
    promoted(target, bring("first"), "one")
    seen = target.observe(Ref("nobody's"))
    assert (seen.green, seen.asked, seen.seen, seen.blue) == (Health.ABSENT, 0, 0, Health.HEALTHY)
    target.abort(Ref("nobody's"))
    target.clean(Ref("nobody's"))
    with pytest.raises(TargetError):
        target.shift(Ref("nobody's"), 100)


def test_the_way_is_foreseen_with_what_the_comparison_found(target, bring):
    first, second = bring("first"), bring("second", places=("ITA",), days=20)
    promoted(target, first, "one")
    ref = target.start(artifact(second), "two")
    foreseen = target.foresee(ref, [100])
    assert [call.operation for call in foreseen.calls] == ["dataset:serve"]
    assert first in foreseen.calls[0].what
    bad = {finding.code: finding.sentence for finding in foreseen.findings if not finding.is_good}
    assert set(bad) == {"rows", "freshness"}
    assert "1 place of blue gone: FJI" in bad["rows"]
    assert not foreseen.obstacles
    assert target.foresee(ref, [100]) == foreseen
