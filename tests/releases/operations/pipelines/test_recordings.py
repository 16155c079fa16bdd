"""The same release, told of by all ways, in every order, doubled, lost: one release, and all that is known of it."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.models import Build, Execution, Release, Rollout, SetAside
from releases.operations.pipelines import hearing, links, looking
from releases.operations.releases import Conflict
from releases.pipelines.base import Image
from releases.rules.pipelines.provenance import AUTHOR, CONFIGURATION, IMAGE, VERSION
from tests import factories
from tests.releases.operations.pipelines.conftest import (
    BUILD_NOTICE,
    IMAGE_NOTICE,
    IMAGES,
    PIPELINE_NOTICE,
    TESTS,
    commit,
    digest,
    notice,
)


def act(shop, way: str) -> None:
    """One way by which a release comes to the portal, as often as it likes."""
    if way == "call":
        shop.tell()
    elif way == "poll":
        shop.clock.turn(looking.RESTING_EVERY.total_seconds())
    else:
        shop.mailbox.put({"pipeline": PIPELINE_NOTICE, "build": BUILD_NOTICE, "image": IMAGE_NOTICE}[way])
        hearing.hear_queues(now=shop.clock.now())
    for link_id in looking.due(now=shop.clock.now()):
        looking.look(link_id, now=shop.clock.now())


def check(shop) -> None:
    """One release, one rollout, one build with everything."""
    release = Release.objects.get()
    assert (release.version, release.commit) == ("1.1.0", commit(1))
    assert release.artifact == f"{IMAGES}@{digest(1)}"
    assert Rollout.objects.count() == 1
    assert Event.objects.filter(verb="record").count() == 1
    build = Build.objects.get()
    assert build.release == release
    assert build.execution == Execution.objects.get()
    assert (build.tests_total, build.tests_passed, build.image) == (12, 11, digest(1))
    assert build.log_url
    assert build.is_settled
    assert shop.mailbox.notices == []
    assert SetAside.objects.count() == 0


WAYS = ("call", "pipeline", "build", "image", "poll")


@pytest.mark.parametrize("order", list(permutations(WAYS)), ids="-".join)
def test_every_order_ends_as_one_release(shop, order):
    shop.start()
    shop.finish(tests=TESTS)
    for way in order:
        act(shop, way)
    check(shop)


@given(before=st.lists(st.sampled_from(WAYS[1:]), max_size=3), after=st.lists(st.sampled_from(WAYS), min_size=1))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_doubled_lost_and_early_notices_change_nothing(shop, before, after):
    from django.db import transaction  # noqa: PLC0415 - each example starts from the fixture's rows

    from releases.pipelines import memory  # noqa: PLC0415

    memory.forget_all()
    point = transaction.savepoint()
    at = shop.clock.at
    try:
        shop.start()
        for way in before:
            act(shop, way)
        shop.finish(tests=TESTS)
        for way in [*after, "poll"]:
            act(shop, way)
        check(shop)
    finally:
        transaction.savepoint_rollback(point)
        shop.clock.at = at


def test_a_lost_notice_is_found_by_the_poll(shop):
    shop.look()
    shop.start()
    shop.finish()
    assert looking.due(now=shop.clock.now()) == []
    shop.clock.turn(looking.RESTING_EVERY.total_seconds() + 1)
    assert looking.due(now=shop.clock.now()) == [shop.link.pk]
    shop.look()
    assert shop.release().recorded_by.startswith("CodeBuild build:")


def test_what_moves_is_polled_sooner(shop):
    shop.start()
    shop.look()
    shop.clock.turn(looking.MOVING_EVERY.total_seconds() + 1)
    assert looking.due(now=shop.clock.now()) == [shop.link.pk]


def test_the_builds_settings_make_the_same_digest(shop):
    shop.start()
    shop.finish(exported={VERSION: "1.1.0", IMAGE: f"{IMAGES}@{digest(1)}", CONFIGURATION: '{"PORTAL_PORT": "80"}'})
    shop.look()
    told = shop.tell(configuration={"PORTAL_PORT": "80"}, key="build:1")
    assert not told.is_new
    assert told.release.configuration == {"PORTAL_PORT": "80"}


def test_a_version_is_never_given_to_another_image(shop):
    shop.tell(artifact=f"{IMAGES}@{digest(9)}")
    shop.start()
    shop.finish()
    shop.look()
    assert shop.build.release is None
    assert "A release never changes" in shop.build.note
    assert digest(9) in shop.build.note
    assert Event.objects.filter(verb="leave_build").count() == 1
    shop.look()
    assert Event.objects.filter(verb="leave_build").count() == 1


def test_a_call_that_says_something_else_is_told_so(shop):
    shop.start()
    shop.finish()
    shop.look()
    with pytest.raises(Conflict, match="A release never changes"):
        shop.tell(artifact=f"{IMAGES}@{digest(9)}")


def test_what_the_build_does_not_say_is_looked_up_in_the_images(shop):
    shop.pipeline.images.append(Image(digest(1), ("latest", "1.1.0", commit(1)[:12])))
    shop.start()
    shop.finish(exported={VERSION: "1.1.0"})
    shop.look()
    assert shop.release().artifact == f"{IMAGES}@{digest(1)}"


def test_a_tag_names_a_release_that_the_build_does_not_name(shop):
    shop.pipeline.images.append(Image(digest(1), ("latest", "1.1.0")))
    shop.start()
    shop.finish(exported={IMAGE: digest(1)})
    shop.look()
    assert shop.release().commit == commit(1)


def test_without_any_name_the_short_commit_is_one(shop):
    shop.pipeline.images.append(Image(digest(1), ("latest",)))
    shop.start()
    shop.finish(exported={IMAGE: digest(1)})
    shop.look()
    assert Release.objects.get().version == commit(1)[:12]


@pytest.mark.parametrize("exported", [{}, {IMAGE: digest(1)}])
def test_a_release_that_was_told_of_is_found_without_its_name(shop, exported):
    shop.pipeline.images.append(Image(digest(1), ("latest", commit(1)[:7])))
    release = shop.tell().release
    shop.start()
    shop.finish(exported=exported)
    shop.look()
    assert shop.build.release == release
    assert Release.objects.count() == 1


def test_a_build_that_says_too_little_is_left_with_its_sentence(shop):
    shop.start()
    shop.finish(exported={VERSION: "1.1.0"})
    shop.look()
    assert Release.objects.count() == 0
    assert "the digest of its image" in shop.build.note
    # Its own call comes late, and is the one that knows.
    release = shop.tell().release
    shop.look()
    assert shop.build.release == release


@pytest.mark.parametrize(
    "exported", [{VERSION: "a b"}, {IMAGE: "latest"}, {CONFIGURATION: "{"}, {CONFIGURATION: '{"A": 1}'}]
)
def test_exports_that_can_not_be_are_told(shop, exported):
    shop.start()
    shop.finish(exported={VERSION: "1.1.0", IMAGE: digest(1), **exported})
    shop.look()
    assert Release.objects.count() == 0
    assert next(iter(exported)) in shop.build.note


@pytest.mark.parametrize("status", ["FAILED", "STOPPED", "FAULT", "TIMED_OUT"])
def test_a_build_that_failed_makes_no_release(shop, status):
    shop.start()
    shop.finish(status=status)
    shop.look()
    assert Release.objects.count() == 0
    assert shop.build.status == status


def test_history_is_shown_and_not_recorded(shop):
    at = shop.clock.at
    shop.clock.at = shop.link.followed_since - timedelta(days=1)
    shop.start()
    shop.finish()
    shop.clock.at = at
    shop.look()
    assert Release.objects.count() == 0
    assert shop.build.is_settled


def test_the_author_is_who_the_build_names(shop):
    author = factories.user(Role.APPROVER, username="ada")
    shop.start()
    shop.finish(exported={VERSION: "1.1.0", IMAGE: digest(1), AUTHOR: "ada"})
    shop.look()
    assert shop.release().author == author


def test_a_pipeline_that_does_not_answer_is_asked_again_in_a_while(shop):
    shop.start()
    shop.finish()
    shop.pipeline.trouble = "AWS did not answer"
    shop.look()
    shop.link.refresh_from_db()
    assert "AWS did not answer" in shop.link.trouble
    assert looking.due(now=shop.clock.now()) == []
    shop.pipeline.trouble = ""
    shop.clock.turn(looking.AFTER_TROUBLE.total_seconds())
    assert looking.due(now=shop.clock.now()) == [shop.link.pk]
    shop.look()
    shop.link.refresh_from_db()
    assert shop.link.trouble == ""
    assert shop.release()


def test_a_build_that_its_pipeline_names_late_is_found(shop):
    shop.start()
    shop.finish()
    actions, shop.pipeline.actions = shop.pipeline.actions, []
    shop.look()
    assert shop.build.execution is None
    assert shop.build.is_settled
    shop.pipeline.actions = actions
    shop.look()
    assert shop.build.execution == Execution.objects.get()


def test_one_looks_at_a_time(shop):
    type(shop.link).objects.update(look_until=shop.clock.now() + timedelta(seconds=1))
    assert not looking.look(shop.link.pk, now=shop.clock.now())
    assert looking.due(now=shop.clock.now()) == []
    # Whoever looked has died: its time is over.
    shop.clock.turn(2)
    assert looking.look(shop.link.pk, now=shop.clock.now())


def test_a_repository_that_can_not_be_read_is_tried_again(shop, tmp_path):
    shop.tell(0)
    shop.environment.service.repository = str(tmp_path)
    shop.environment.service.save()
    shop.start()
    shop.finish()
    shop.look()
    assert not Release.objects.filter(version="1.1.0").exists()
    assert "could not be read" in shop.build.note
    assert not shop.build.is_settled
    shop.environment.service.repository = ""
    shop.environment.service.save()
    shop.look()
    assert shop.build.release == shop.release()


class TestHearing:
    def test_a_notice_stays_until_its_effect_is_kept(self, shop, monkeypatch):
        shop.mailbox.put(PIPELINE_NOTICE)

        def die(*_, **__):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(links, "mark", die)
            with pytest.raises(KeyboardInterrupt):
                hearing.hear_queues(now=shop.clock.now())
        assert len(shop.mailbox.notices) == 1
        hearing.hear_queues(now=shop.clock.now())
        assert shop.mailbox.notices == []

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "no json",
            "[]",
            "{}",
            '{"detail-type": "CodeBuild Build State Change"}',
            '{"Type": "Notification", "Message": "{"}',
            "[" * 100_000,
            notice("CodePipeline Pipeline Execution State Change", {"pipeline": 7}),
            notice("CodePipeline Pipeline Execution State Change", {"pipeline": "shop"}, region="mars"),
            notice("ECS Deployment State Change", {}, resources=[]),
        ],
    )
    def test_poison_is_set_aside_and_blocks_nobody(self, shop, body):
        shop.look()
        shop.mailbox.put(body)
        shop.mailbox.put(PIPELINE_NOTICE)
        hearing.hear_queues(now=shop.clock.now())
        assert shop.mailbox.notices == []
        assert SetAside.objects.get().sentence
        assert looking.due(now=shop.clock.now()) == [shop.link.pk]

    def test_no_secret_of_a_build_is_kept(self, shop):
        shop.mailbox.put(BUILD_NOTICE.replace('"region"', '"area"'))
        hearing.hear_queues(now=shop.clock.now())
        kept = SetAside.objects.values().get()
        assert "hunter2" not in str(kept)

    def test_only_the_newest_are_kept_aside(self, shop):
        for _ in range(hearing.MOST_SET_ASIDE + 5):
            hearing.set_aside("queue", "1", "{", "It is not JSON.", now=shop.clock.now())
        assert SetAside.objects.count() == hearing.MOST_SET_ASIDE

    def test_what_is_never_done_with_is_set_aside(self, shop):
        shop.mailbox.put(PIPELINE_NOTICE)
        shop.mailbox.notices[0] = type(shop.mailbox.notices[0])("1", "1", PIPELINE_NOTICE, hearing.MOST_TIMES)
        hearing.hear_queues(now=shop.clock.now())
        assert "times" in SetAside.objects.get().sentence

    @pytest.mark.parametrize(
        ("kind", "detail"),
        [("CodePipeline Pipeline Execution State Change", {"pipeline": "other"}), ("EC2 Instance State-change", {})],
    )
    def test_what_concerns_nobody_is_let_go(self, shop, kind, detail):
        shop.look()
        shop.mailbox.put(notice(kind, detail))
        hearing.hear_queues(now=shop.clock.now())
        assert shop.mailbox.notices == []
        assert SetAside.objects.count() == 0
        assert looking.due(now=shop.clock.now()) == []

    def test_a_queue_that_does_not_answer_stops_no_one(self, shop):
        shop.mailbox.trouble = "away"
        hearing.hear_queues(now=shop.clock.now())
        assert looking.look(shop.link.pk, now=shop.clock.now())

    def test_a_deployment_makes_its_rollout_due(self, shop):
        shop.environment.target_config = {"region": "eu-west-1", "application": "shop", "group": "blue-green"}
        shop.environment.save()
        rollout = factories.rollout(environment_=shop.environment)
        type(rollout).objects.update(look_at=shop.clock.now() + timedelta(hours=1))
        detail = {"application": "shop", "deploymentGroup": "blue-green", "deploymentId": "d-1", "state": "READY"}
        shop.mailbox.put(notice("CodeDeploy Deployment State-change Notification", detail))
        hearing.hear_queues(now=shop.clock.now())
        rollout.refresh_from_db()
        assert rollout.look_at is None
