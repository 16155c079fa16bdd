"""The portal's pages about the data: what serves, every snapshot, and two of them beside each other."""

import pytest
from django.test import Client

from analytics.operations import manifests, serving
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics import doses

pytestmark = pytest.mark.django_db


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


@pytest.fixture
def snapshots(state_dir, tmp_path):
    first = doses.bring(state_dir, tmp_path, "first")
    second = doses.bring(state_dir, tmp_path, "second", places=("ITA",), factor=2)
    serving.serve(state_dir, doses.DATASET, revision=first)
    return first, second


@pytest.fixture
def browse():
    def sign_in(*roles):
        client = Client()
        client.force_login(factories.user(*roles), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def test_a_stranger_is_sent_to_sign_in(state_dir):
    assert Client().get("/data/").status_code == 302


def test_without_a_snapshot_the_page_says_what_to_do(browse, state_dir):
    assert "No snapshot can be read" in browse(Role.VIEWER).get("/data/").content.decode()


def test_every_snapshot_is_listed_with_what_it_is(browse, snapshots):
    first, second = snapshots
    page = browse(Role.VIEWER).get("/data/").content.decode()
    assert page.count('<span class="chip blue">serves</span>') == 1
    assert first in page
    assert f"?blue={first}&amp;green={second}" in page
    assert "Keep it from serving" not in page


def test_two_snapshots_are_compared(browse, snapshots):
    first, second = snapshots
    page = browse(Role.VIEWER).get(f"/data/{doses.DATASET}/compare/?blue={first}&green={second}").content.decode()
    assert "1 place of blue gone: FJI" in page
    assert "a person decides" in page
    assert page.count('class="step-4"') == 1
    assert browse(Role.VIEWER).get(f"/data/{doses.DATASET}/compare/?green=000000000000").status_code == 404
    assert browse(Role.VIEWER).get("/data/nonsense/compare/?green=1").status_code == 404


def test_a_snapshot_is_kept_from_serving_with_a_reason(browse, snapshots, state_dir):
    _, second = snapshots
    address = f"/data/{doses.DATASET}/{second}/quarantine/"
    assert browse(Role.VIEWER).post(address, {"why": "x"}).status_code == 403
    ana = browse(Role.ANALYST)
    assert "say why" in ana.post(address, {"why": " "}, follow=True).content.decode()
    assert manifests.quarantined(state_dir, doses.DATASET, second) is None
    assert "revoked by its owner" in ana.post(address, {"why": "revoked by its owner"}, follow=True).content.decode()
    assert manifests.quarantined(state_dir, doses.DATASET, second).why == "revoked by its owner"
    assert ana.post(f"/data/{doses.DATASET}/nothing/quarantine/", {"why": "x"}, follow=True).status_code == 200
