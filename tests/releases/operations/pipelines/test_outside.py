"""What somebody deploys without the portal is found and recorded once, whoever tells of it first."""

from dataclasses import replace
from itertools import permutations

import pytest
from django.urls import reverse

from portal.audit.models import Event
from releases.models import Environment, OutsideDeployment, Release, Rollout, Watch
from releases.operations import releases
from releases.operations.pipelines import hearing, looking, outside
from releases.operations.releases import Recording
from releases.pipelines import memory
from releases.rules.pipelines.outside import Begun, Image
from releases.targets import registry
from releases.targets.base import TargetError
from tests import factories
from tests.releases.operations.pipelines.conftest import IMAGES, commit, digest, notice

PLACE = {"application": "shop", "group": "shop-production", "region": "eu-west-1"}
EVENT = notice(
    "CodeDeploy Deployment State-change Notification",
    {"application": "shop", "deploymentGroup": "shop-production", "deploymentId": "d-1", "state": "SUCCESS"},
)


class Group:
    """A deployment group as its history tells of it; `broken` is how it answers instead."""

    def __init__(self):
        self.deployments = []
        self.images = {}
        self.asked = []
        self.broken = None

    def begun(self, *, since, unended):
        self.asked.append(since)
        if self.broken:
            raise self.broken
        return [one for one in self.deployments if one.begun_at >= since or one.id in unended]

    def image(self, begun):
        return self.images[begun.id]

    def deploy(self, at, name="d-1", *, image=None, **known):
        self.deployments.append(Begun(name, "InProgress", at, "arn:aws:ecs:r:1:task-definition/shop:7", **known))
        self.images[name] = image or Image(IMAGES, digest(1), ("1.1.0", commit(1)))

    def end(self, at, name="d-1", *, status="Succeeded"):
        self.deployments = [
            replace(one, status=status, ended_at=at, has_succeeded=status == "Succeeded") if one.id == name else one
            for one in self.deployments
        ]


@pytest.fixture
def group(shop, monkeypatch):
    """The shop's environment, deployed by CodeDeploy; what it is asked, is asked of a group in memory."""
    made = Group()
    monkeypatch.setattr(registry, "HISTORIES", {"codedeploy": lambda name, config: made})
    Environment.objects.filter(pk=shop.environment.pk).update(target="codedeploy", target_config=PLACE)
    return made


def look(shop) -> None:
    for environment_id in outside.due(now=shop.clock.now()):
        outside.look(environment_id, now=shop.clock.now())


def act(shop, way: str) -> None:
    if way == "call":
        shop.tell()
    elif way == "event":
        shop.mailbox.put(EVENT)
        hearing.hear_queues(now=shop.clock.now())
    else:
        shop.clock.turn(outside.RESTING_EVERY.total_seconds())
    for link_id in looking.due(now=shop.clock.now()) if way != "call" else ():
        looking.look(link_id, now=shop.clock.now())
    look(shop)


@pytest.mark.parametrize("order", list(permutations(("call", "event", "poll"))), ids="-".join)
@pytest.mark.parametrize("is_built", [True, False], ids=["built", "not-built"])
def test_every_order_ends_as_one_release(shop, group, order, is_built):
    if is_built:
        shop.start()
        shop.finish()
    group.deploy(shop.clock.now())
    group.end(shop.clock.now())
    for way in (*order, "poll", "poll"):
        act(shop, way)
    release = Release.objects.get()
    assert (release.version, release.artifact) == ("1.1.0", f"{IMAGES}@{digest(1)}")
    assert Event.objects.filter(verb="record").count() == 1
    row = OutsideDeployment.objects.get()
    assert (row.release, row.is_settled) == (release, True)
    assert Environment.objects.get().serving == release


def test_what_was_deployed_by_hand_is_told_and_serves(shop, group):
    group.deploy(shop.clock.now(), image=Image(IMAGES, digest(1), ("1.1.0",)))
    act(shop, "poll")
    row = OutsideDeployment.objects.get()
    assert "nobody began in the portal" in row.sentence
    assert "A rollout here begins once it has ended" in row.sentence
    shop.clock.turn(outside.PIPELINE_HAS.total_seconds())
    group.end(shop.clock.now())
    look(shop)
    environment = Environment.objects.get()
    assert environment.serving.version == "1.1.0"
    assert (environment.serving.commit, environment.serving.recorded_by) == ("", "CodeDeploy d-1")
    assert not Rollout.objects.exists()
    events = list(Event.objects.filter(verb="see_deployment").values_list("sentence", flat=True))
    assert len(events) == 2
    assert any("brought release 1.1.0 here by d-1" in sentence for sentence in events)
    act(shop, "poll")
    assert Event.objects.filter(verb="see_deployment").count() == 2


def test_a_later_call_by_another_name_is_the_same_release(shop, group):
    group.deploy(shop.clock.now(), image=Image(IMAGES, digest(1), ("latest",)))
    group.end(shop.clock.now())
    act(shop, "poll")
    act(shop, "poll")
    told = shop.tell(author=factories.user(username="ada").username)
    assert not told.is_new
    assert told.release.version == f"image-{digest(1)[7:19]}"
    assert Release.objects.get().author.username == "ada"


def test_the_portals_own_deployments_and_ways_back_are_nobody_elses(shop, group):
    from releases.models import Deployment  # noqa: PLC0415 - beside the shop's own

    rollout = factories.rollout(environment_=shop.environment)
    Deployment.objects.create(rollout=rollout, token="ours", intended_at=shop.clock.now())
    group.deploy(shop.clock.now(), "d-1", token="ours")
    group.deploy(shop.clock.now(), "d-2", is_way_back=True)
    act(shop, "poll")
    assert not OutsideDeployment.objects.exists()
    group.deploy(shop.clock.now(), "d-3", token="another-portals")
    act(shop, "poll")
    assert OutsideDeployment.objects.get().outside_id == "d-3"


def test_what_is_not_known_is_told_and_not_guessed(shop, group):
    group.deploy(shop.clock.now(), image=Image(unknown="the tag of its image shop:latest was pushed again since"))
    group.end(shop.clock.now())
    act(shop, "poll")
    row = OutsideDeployment.objects.get()
    assert (row.release, row.is_settled) == (None, True)
    assert "was pushed again since. Release what should serve" in row.sentence
    assert Environment.objects.get().serving is None


def test_what_shows_only_later_is_asked_again(shop, group):
    shop.tell()
    group.deploy(shop.clock.now(), image=Image(unknown="its AppSpec names no task definition"))
    act(shop, "poll")
    assert OutsideDeployment.objects.get().note == ""
    group.images["d-1"] = Image(IMAGES, digest(1))
    group.end(shop.clock.now())
    act(shop, "poll")
    assert OutsideDeployment.objects.get().release.version == "1.1.0"


def test_the_environments_page_says_it(shop, group, client):
    person = factories.user(username="viewer")
    client.force_login(person)
    group.deploy(shop.clock.now())
    act(shop, "poll")
    page = client.get(reverse("releases:environment", args=["shop", shop.environment.name]))
    assert "which nobody began in the portal" in page.content.decode()


def test_one_that_failed_serves_nothing(shop, group):
    shop.tell()
    group.deploy(shop.clock.now())
    group.end(shop.clock.now(), status="Stopped")
    act(shop, "poll")
    assert Environment.objects.get().serving is None
    assert "What served before serves" in OutsideDeployment.objects.get().sentence


def test_an_event_makes_it_due_and_trouble_waits(shop, group):
    act(shop, "poll")
    assert outside.due(now=shop.clock.now()) == []
    shop.mailbox.put(EVENT)
    hearing.hear_queues(now=shop.clock.now())
    assert outside.due(now=shop.clock.now()) == [shop.environment.pk]
    group.broken = TargetError("Throttling", "AWS is being asked too often", permanent=False)
    look(shop)
    assert Watch.objects.get().trouble == "AWS is being asked too often"
    assert outside.due(now=shop.clock.now()) == []
    shop.clock.turn(outside.AFTER_TROUBLE.total_seconds())
    group.broken = None
    look(shop)
    assert Watch.objects.get().trouble == ""


def test_an_idle_environment_is_asked_about_a_dozen_times_an_hour(shop, group):
    for _ in range(720):
        look(shop)
        shop.clock.turn(5)
    assert len(group.asked) == 12


def test_two_do_not_look_at_once(shop, group):
    Watch.objects.create(
        environment=shop.environment, followed_since=shop.clock.now(), look_until=shop.clock.now() + outside.LEASE
    )
    assert not outside.look(shop.environment.pk, now=shop.clock.now())
    shop.clock.turn(outside.LEASE.total_seconds())
    assert outside.look(shop.environment.pk, now=shop.clock.now())


def test_an_older_release_of_the_same_version_is_not_taken_for_it(shop, group):
    shop.tell(artifact=f"{IMAGES}@{digest(9)}")
    group.deploy(shop.clock.now())
    group.end(shop.clock.now())
    act(shop, "poll")
    act(shop, "poll")
    assert OutsideDeployment.objects.get().release.version.startswith("image-")


def test_the_settings_of_a_later_call_are_not_lost(shop, group):
    group.deploy(shop.clock.now())
    group.end(shop.clock.now())
    act(shop, "poll")
    act(shop, "poll")
    recording = Recording("shop", "1.1.0", commit(1), f"{IMAGES}@{digest(1)}", {"PORTAL_PORT": "80"})
    with pytest.raises(releases.Conflict, match="A release never changes"):
        releases.record(recording, by=shop.builder, now=shop.clock.now())
    memory.forget_all()
