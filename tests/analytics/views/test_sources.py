"""The panel of followed sources: who may ask for a look, and what becomes of it."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from analytics.models import FollowedSource
from analytics.operations.sources import following
from analytics.operations.sources.progress import Told
from analytics.sources.base import SourceError
from portal import clock
from portal.accounts.actors import MACHINE
from portal.accounts.permissions import Role
from portal.audit.models import Event
from tests import factories
from tests.analytics.conftest import NOW, owid_lines, quiet

pytestmark = pytest.mark.django_db


@pytest.fixture
def followed(tmp_path, settings, owid_file):
    settings.STATE_DIR = tmp_path / "state"
    row = following.follow("owid", [str(owid_file(owid_lines()))], by=MACHINE, now=NOW)
    following.bring(row.pk, now=NOW, progress=quiet)
    row.refresh_from_db()
    return row


def browse(role):
    client = Client()
    client.force_login(factories.user(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_viewer_sees_sources_and_no_buttons(followed):
    client = browse(Role.VIEWER)
    page = client.get("/data/").content.decode()
    assert followed.shown in page
    assert "Look now" not in page
    assert client.post(f"/data/sources/{followed.pk}/look/").status_code == 403
    assert client.post(f"/data/sources/{followed.pk}/unfollow/").status_code == 403


def test_an_analyst_has_a_source_looked_at(followed):
    FollowedSource.objects.update(due_at=clock.now() + timedelta(days=1))
    client = browse(Role.ANALYST)
    assert "Look now" in client.get("/data/").content.decode()
    answer = client.post(f"/data/sources/{followed.pk}/look/", follow=True)
    assert "looked at in a moment" in answer.content.decode()
    assert following.due(now=clock.now()) == [followed.pk]
    assert Event.objects.filter(verb="look").count() == 1


def test_an_analyst_follows_a_source_no_more(followed):
    client = browse(Role.ANALYST)
    client.post(f"/data/sources/{followed.pk}/unfollow/")
    assert followed.shown not in client.get("/data/sources/").content.decode()
    again = client.post(f"/data/sources/{followed.pk}/unfollow/")
    assert ["No source" in str(message) for message in get_messages(again.wsgi_request)][-1]


def test_what_takes_too_long_is_ended(followed):
    told = Told(followed.revisions.get(), quiet, longest_s=-1)
    with pytest.raises(SourceError, match="what came of it is kept"):
        told("downloading", 1, 2)
