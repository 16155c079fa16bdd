"""The portal's page about the data; it is the portal's alone."""

import pytest
from django.conf import settings as loaded
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

from analytics import selectors
from analytics.operations import shelf
from analytics.views import data

pytestmark = pytest.mark.skipif(not loaded.IS_PORTAL, reason="the insights surface has no such page")


def ask(settings, state_dir, user):
    settings.STATE_DIR = state_dir
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"snapshot": None})
    request = RequestFactory().get("/data/")
    request.user = user
    return data.data(request)


def test_a_stranger_is_sent_to_sign_in(settings, sample_state):
    assert ask(settings, sample_state, AnonymousUser()).status_code == 302


@pytest.mark.parametrize("has_data", [True, False])
def test_the_page_says_what_serves(settings, sample_state, tmp_path, has_data):
    serving = selectors.serving(shelf.pointer(sample_state if has_data else tmp_path, "covid-cases"))
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    page = render_to_string("analytics/data.html", {"snapshot": serving, "user": AnonymousUser()})
    assert ("Sample data serves" if has_data else "No snapshot can be read") in page
