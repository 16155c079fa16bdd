"""A dataset's environment keeps a target's promises on both shelves: this machine's, and an account's."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from analytics.operations import serving as shelf_serving
from analytics.operations import shelf
from analytics.operations.lake import publishing, serving
from releases.rules.observation import Health
from releases.targets import registry
from releases.targets.base import Artifact, TargetError
from releases.targets.cloud.fields import ConfigError
from releases.targets.dataset import config
from tests.account import REGION
from tests.analytics import doses
from tests.analytics.doses import DATASET, NOW
from tests.analytics.operations import lake as lakes

# Calls of a promotion in the account until one of its two tables is led to green.
BETWEEN_TABLES = 8


@dataclass
class Folder:
    """This machine's shelf."""

    state_dir: Any
    config = {"dataset": DATASET, "pages": "/data/"}

    def publish(self, revision):
        """What is on the shelf is there."""

    def serving(self):
        return shelf.serving(self.state_dir, DATASET)

    def serve(self, revision):
        shelf_serving.serve(self.state_dir, DATASET, revision=revision)


@dataclass
class Account:
    """The simulated account's."""

    state_dir: Any
    lake: Any
    config = {"dataset": DATASET, "pages": "/data/", "bucket": lakes.BUCKET, "region": REGION}

    def publish(self, revision):
        publishing.publish(self.lake, DATASET, revision=revision, state_dir=self.state_dir, progress=lambda *_: None)

    def serving(self):
        return serving.serving(self.lake, DATASET)

    def serve(self, revision):
        serving.serve(self.lake, DATASET, revision=revision)


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


@pytest.fixture(params=["folder", "account"])
def home(request, state_dir):
    if request.param == "folder":
        return Folder(state_dir)
    return Account(state_dir, lakes.made(request.getfixturevalue("account")))


@pytest.fixture
def target(home):
    return registry.target_for("dataset", "doses", home.config)


@pytest.fixture
def bring(home, state_dir, tmp_path):
    def bring(name, **how):
        revision = doses.bring(state_dir, tmp_path, name, **how)
        home.publish(revision)
        return revision

    return bring


@pytest.fixture
def two(bring, target):
    """Two snapshots, of which the first was released and serves."""
    first, second = bring("first"), bring("second", days=31)
    promoted(target, first, "one")
    return first, second


def artifact(revision):
    return Artifact(DATASET, revision, f"sha256:{1:064}", "", image=f"{DATASET}/{revision}@sha256:{1:064}")


def promoted(target, revision, token):
    ref = target.start(artifact(revision), token)
    target.shift(ref, 100)
    target.finish(ref)
    return ref


def test_every_verb_may_be_said_twice(home, target, two):
    first, second = two
    ref = target.start(artifact(second), "twice")
    assert target.start(artifact(second), "twice") == ref
    for verb, serves in (
        (lambda: target.shift(ref, 100), second),
        (lambda: target.finish(ref), second),
        (lambda: target.abort(ref), first),
        (lambda: target.clean(ref), first),
    ):
        verb()
        once = target.observe(ref)
        verb()
        assert (target.observe(ref), home.serving()) == (once, serves)


def test_no_verb_is_slower_than_it_says(target, two):
    for verb, limit_s in (
        (lambda: target.start(artifact(two[1]), "quick"), target.can.start_limit_s),
        (lambda: target.observe(None), target.can.call_limit_s),
        (target.restore, target.can.call_limit_s),
    ):
        began = time.monotonic()
        verb()
        assert time.monotonic() - began < limit_s


def test_the_first_release_becomes_blue_and_taken_back_leaves_nothing(home, target, bring):
    revision = bring("first")
    assert target.observe(None).blue is Health.ABSENT
    ref = target.start(artifact(revision), "one")
    assert (target.observe(ref).green, target.observe(ref).seen, home.serving()) == (Health.HEALTHY, 0, "")
    target.shift(ref, 100)
    assert (target.observe(ref).seen, home.serving()) == (100, revision)
    target.abort(ref)
    assert (target.observe(ref).seen, home.serving()) == (0, "")


def test_blue_stays_for_a_rollback_after_the_rollout_finished(home, target, two):
    first, second = two
    ref = promoted(target, second, "two")
    assert (home.serving(), target.observe(ref).is_finished, target.observe(None).blue) == (
        second,
        True,
        Health.HEALTHY,
    )
    target.abort(ref)
    assert (home.serving(), target.observe(ref).seen) == (first, 0)


def test_clean_refuses_what_has_readers(target, two):
    ref = target.start(artifact(two[1]), "two")
    target.shift(ref, 100)
    with pytest.raises(TargetError, match="still has readers") as told:
        target.clean(ref)
    assert told.value.permanent


def test_a_hand_is_seen_put_right_or_adopted(home, target, two):
    first, second = two
    home.serve(second)
    assert (target.observe(None).seen, second in target.observe(None).message) == (100, True)
    target.restore()
    assert home.serving() == first
    home.serve(second)
    target.adopt()
    assert (target.observe(None).seen, home.serving()) == (0, second)


def test_what_is_in_quarantine_is_refused_also_as_green(home, target, two, state_dir):
    ref = target.start(artifact(two[1]), "two")
    shelf_serving.quarantine(state_dir, DATASET, revision=two[1], why="revoked", by="ada", now=NOW)
    assert (target.observe(ref).green, target.observe(ref).is_failed) == (Health.UNHEALTHY, True)
    for verb in (lambda: target.shift(ref, 100), lambda: target.start(artifact(two[1]), "again")):
        with pytest.raises(TargetError, match=r"in quarantine since 2026-01-01 \(revoked\)"):
            verb()
    assert home.serving() == two[0]


def test_what_is_foreseen_changes_nothing(home, target, two):
    ref = target.start(artifact(two[1]), "two")
    foreseen = target.foresee(ref, (100,))
    assert foreseen == target.foresee(ref, (100,))
    assert "whole" in {one.code for one in foreseen.findings}
    assert home.serving() == two[0]


def on_aws(account, state_dir):
    home = Account(state_dir, lakes.made(account))
    return home, registry.target_for("dataset", "doses", home.config)


def test_a_snapshot_on_its_way_to_the_account_is_waited_for(account, state_dir, tmp_path):
    home, target = on_aws(account, state_dir)
    revision = doses.bring(state_dir, tmp_path, "first")
    with pytest.raises(TargetError, match="is not in s3://a-lake/lake/vaccinations/ yet") as told:
        target.start(artifact(revision), "one")
    assert not told.value.permanent
    home.publish(revision)
    target.start(artifact(revision), "one")


def test_a_promotion_that_died_is_seen_and_gone_on_with_or_taken_back(account, state_dir, tmp_path):
    home, target = on_aws(account, state_dir)
    first, second = doses.bring(state_dir, tmp_path, "first"), doses.bring(state_dir, tmp_path, "second", days=31)
    home.publish(first)
    home.publish(second)
    promoted(target, first, "one")
    ref = target.start(artifact(second), "two")
    for verb, serves in ((target.abort, first), (lambda ref: target.shift(ref, 100), second)):
        with lakes.dying_at(account, BETWEEN_TABLES) as left:
            target.shift(ref, 100)
        assert left[0] < 0
        seen = target.observe(ref)
        assert (seen.asked, seen.seen) == (100, 0)
        assert first in seen.message
        assert second in seen.message
        with pytest.raises(TargetError):
            target.adopt()
        verb(ref)
        assert (home.serving(), target.observe(ref).message) == (serves, "")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"dataset": DATASET, "region": REGION}, "knows no 'region'"),
        ({"dataset": DATASET, "bucket": 3}, "bucket is a text"),
        ({"bucket": "a-lake"}, "names the dataset"),
    ],
)
def test_a_configuration_that_can_not_be_used_is_told(wrong, told):
    with pytest.raises(ConfigError, match=told):
        config.read("doses", wrong)
