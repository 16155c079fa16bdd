"""`manage.py pipeline`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.models import GateLink, PipelineLink
from releases.pipelines import memory
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    factories.environment(service=factories.service(slug="shop"))
    factories.user(Role.OPERATOR, username="olga")
    factories.user(Role.DEVELOPER, username="dev")
    yield
    memory.forget_all()


def say(*words: str) -> str:
    out = StringIO()
    call_command("pipeline", *words, stdout=out)
    return out.getvalue()


def link(*more: str, by: str = "olga") -> str:
    return say("link", "shop", "--kind", "memory", "--region", "eu-west-1", "--name", "shop", "--as", by, *more)


def test_linking_says_what_is_linked(people):
    told = link("--gate", "production=Deploy/Approve")
    assert "shop is built by shop in eu-west-1." in told
    assert "Approve in Deploy is the approval of production." in told
    assert Event.objects.get(verb="link_pipeline").actor == "olga (terminal)"


def test_linking_again_changes_the_link_and_keeps_what_was_seen(people):
    link("--gate", "production=Deploy/Approve")
    since = PipelineLink.objects.get().followed_since
    link("--gate", "production=Prod/Approve", "--project", "shop-build")
    row = PipelineLink.objects.get()
    assert (row.project, row.followed_since) == ("shop-build", since)
    assert GateLink.objects.get().stage == "Prod"
    link()
    assert GateLink.objects.count() == 0


def test_looking_shows_where_it_stands(people):
    link()
    memory.named("shop").start("a" * 40, at=PipelineLink.objects.get().followed_since)
    assert "It runs Build in Build." in say("look", "shop")
    assert "It runs Build in Build." in say("show", "shop")


def test_unlinking(people):
    link()
    assert "no pipeline" in say("unlink", "shop", "--as", "olga")
    assert PipelineLink.objects.count() == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("link", "shop", "--as", "olga"), "region"),
        (("link", "shop", "--region", "eu-west-1", "--as", "olga"), "name of the pipeline"),
        (("link", "nowhere", "--region", "eu-west-1", "--name", "x", "--as", "olga"), "no service"),
        (("link", "shop", "--region", "r", "--name", "x", "--kind", "jenkins", "--as", "olga"), "no kind of pipeline"),
        (("link", "shop", "--region", "r", "--name", "x", "--gate", "production", "--as", "olga"), "names no gate"),
        (("link", "shop", "--region", "r", "--name", "x", "--gate", "qa=A/B", "--as", "olga"), "no environment qa"),
        (("link", "shop", "--region", "r", "--project", "x", "--gate", "qa=A/B", "--as", "olga"), "part of a pipeline"),
        (("link", "shop", "--region", "r", "--name", "x", "--images", "shop@sha256:1", "--as", "olga"), "Docker"),
        (("show", "shop"), "linked to no pipeline"),
        (("unlink", "shop", "--as", "olga"), "linked to no pipeline"),
        (("link", "shop", "--region", "r", "--name", "x", "--as", "dev"), "operator"),
        (("unlink", "shop", "--as", "dev"), "operator"),
    ],
)
def test_mistakes_change_nothing_and_say_so(people, words, why):
    with pytest.raises(CommandError, match=why) as raised:
        say(*words)
    assert "Nothing was changed." in str(raised.value)
    assert PipelineLink.objects.count() == 0
