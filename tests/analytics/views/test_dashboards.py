"""The pages of dashboards: who may see and refresh what, what is let into a frame, and what no answer holds."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from analytics import tasks
from analytics.dashboards.base import Viewer
from analytics.operations import serving, snapshots
from analytics.operations.dashboards import refreshing
from analytics.rules.datasets.registry import COVID_CASES
from analytics.sources.file import FileSource
from portal import checks, clock
from portal.accounts.permissions import Role
from portal.audit.models import Event
from simulator.faults import Kind
from tests import factories
from tests.account import REGION
from tests.analytics.conftest import NOW, owid_lines, quiet
from tests.contracts.dashboards import ADA, BOB, OWNER, READERS, QuickSightRig

pytestmark = pytest.mark.django_db
FRAMES = f"https://{REGION}.quicksight.aws.amazon.com"
DASHBOARD = "/dashboards/verdigris-overview/"


@pytest.fixture
def rig(account, settings):
    rig = QuickSightRig(account).build()
    told = {
        "quicksight_region": REGION,
        "quicksight_account": OWNER,
        "quicksight_dashboards": ", ".join(rig.shown),
        "quicksight_reader_role_arn": READERS,
        "quicksight_domains": "https://releases.example.org",
        "quicksight_session_minutes": 30,
    }
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=told)
    return rig


@pytest.fixture
def build(settings, owid_file):
    """Will bring lines in as a snapshot that serves, and give its revision."""

    def bring(lines):
        made = snapshots.build(
            [FileSource(owid_file(lines))], form="owid", state_dir=settings.STATE_DIR, now=NOW, progress=quiet
        )
        serving.serve(settings.STATE_DIR, made.dataset, revision=made.revision)
        return made.revision

    return bring


def browse(*roles, username=ADA.username):
    client = Client()
    client.force_login(factories.user(*roles, username=username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_visitor_signs_in_first(client):
    for path in ("/dashboards/", DASHBOARD):
        assert client.get(path).headers["Location"].startswith("/accounts/")
    assert client.post(f"{DASHBOARD}embed/").status_code == 302


def test_frames_are_let_in_on_this_page_alone(rig):
    client = browse()
    assert f"frame-src {FRAMES}" in client.get(DASHBOARD).headers["Content-Security-Policy"]
    assert "frame-src" not in client.get("/dashboards/").headers["Content-Security-Policy"]


def test_an_address_is_told_when_it_is_asked_for_and_stands_nowhere_else(rig):
    client = browse()
    assert "/embed/" not in client.get(DASHBOARD).content.decode().replace("verdigris-overview/embed/", "")
    answer = client.post(f"{DASHBOARD}embed/")
    told = json.loads(answer.content)
    assert told["address"].startswith(f"{FRAMES}/embed/")
    assert (told["renew_in_s"], told["ends_in_s"]) == (28 * 60, 30 * 60)
    assert told["domains"] == ["https://releases.example.org"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get(f"{DASHBOARD}embed/").status_code == 405


def test_an_address_is_not_given_to_other_sites(rig):
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.user(username=ADA.username), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(f"{DASHBOARD}embed/").status_code == 403


def test_what_is_not_shared_is_not_found(rig):
    rig.register(BOB)
    client = browse(username=BOB.username)
    assert "No dashboard is shared with you" in text(client.get("/dashboards/"))
    assert client.get(DASHBOARD).status_code == 404
    answer = client.post(f"{DASHBOARD}embed/")
    assert (answer.status_code, answer.json()["check"]) == (404, "dashboard")


def test_who_is_no_user_reads_why(rig):
    client = browse(username=BOB.username)
    assert "no user readers/bob" in text(client.get("/dashboards/"))
    answer = client.get(DASHBOARD)
    assert answer.status_code == 409
    assert 'data-check="user"' in answer.content.decode()


def test_refreshing_is_for_those_who_bring_data(rig):
    viewer, analyst = browse(), browse(Role.ANALYST, username="otto")
    rig.register(Viewer("otto", "otto@example.com", frozenset()))
    assert "Refresh now" not in text(viewer.get("/dashboards/"))
    assert viewer.post("/dashboards/refresh/").status_code == 403
    assert rig.account.calls("quicksight:CreateIngestion") == []
    assert "Refresh now" in text(analyst.get("/dashboards/"))
    assert analyst.post("/dashboards/refresh/").status_code == 302
    assert "waits to be read" in text(analyst.get("/dashboards/"))
    assert Event.objects.get(verb="refresh_dashboards").sentence == "COVID-19."


def test_a_refresh_that_failed_says_why(rig):
    rig.dashboards.refresh("one")
    rig.fail("one")
    rig.account.advance(minutes=5)
    shown = text(browse().get("/dashboards/"))
    assert "the refresh failed ROW_SIZE_LIMIT_EXCEEDED" in shown
    assert "go on with the copy from before" in shown


def test_the_data_follows_the_snapshot_that_serves(rig, settings, tmp_path, build):
    settings.STATE_DIR = tmp_path / "state"
    tasks.refresh_dashboards()
    assert rig.account.calls("quicksight:CreateIngestion") == []
    first = build(owid_lines(days=10))
    tasks.refresh_dashboards()
    tasks.refresh_dashboards()
    rig.account.advance(minutes=5)
    second = build(owid_lines(days=11))
    tasks.refresh_dashboards()
    rig.account.advance(minutes=5)
    serving.serve(settings.STATE_DIR, COVID_CASES, revision=first)
    refreshing.follow(now=clock.now() + timedelta(minutes=10))
    tasks.refresh_dashboards()
    begun = [one.parameters["IngestionId"] for one in rig.account.calls("quicksight:CreateIngestion")]
    assert [one.partition("-")[0] for one in begun] == [first, second, first]


def test_a_list_that_lags_behind_begins_no_second_refresh(rig, settings, tmp_path, build):
    settings.STATE_DIR = tmp_path / "state"
    build(owid_lines())
    refreshing.follow(now=NOW)
    rig.account.fault("quicksight:ListIngestions", Kind.STALE)
    refreshing.follow(now=NOW + timedelta(minutes=1))
    assert len(rig.account.calls("quicksight:CreateIngestion")) == 1


def test_an_account_that_does_not_answer_stops_no_worker(rig, settings, tmp_path, build):
    settings.STATE_DIR = tmp_path / "state"
    build(owid_lines())
    rig.account.fault("quicksight:*", times=None)
    tasks.refresh_dashboards()
    rig.account.world.faults.clear()
    tasks.refresh_dashboards()
    assert len([one for one in rig.account.calls("quicksight:CreateIngestion") if one.is_effective]) == 1


def test_what_is_missing_of_quicksight_is_said_at_start(rig, settings):
    def said(**told):
        settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=told)
        return [one.msg for one in checks.quicksight()]

    assert said() == []
    assert "PORTAL_QUICKSIGHT_ACCOUNT is missing" in " ".join(said(quicksight_account=""))
    assert "ROWS is missing" in " ".join(said(quicksight_account=OWNER, quicksight_identity="anonymous"))
    told = said(quicksight_domains="https://a.org,https://b.org,https://c.org,https://d.org")
    assert "at most three" in " ".join(told)
    assert said(quicksight_region="") == []


def test_without_an_account_the_portal_draws_them(settings, tmp_path, build):
    settings.STATE_DIR = tmp_path / "state"
    revision = build(owid_lines())
    client = browse()
    assert "There is no AWS account" in text(client.get("/dashboards/"))
    answer = client.get("/dashboards/overview/?sheet=deaths&place=ITA")
    assert revision in text(answer)
    assert "place=ITA" in answer.content.decode()
    assert "new_deaths_smoothed_per_million" in answer.content.decode()
    assert "frame-src" not in answer.headers["Content-Security-Policy"]
    assert client.get("/dashboards/none/").status_code == 404
    assert client.post("/dashboards/overview/embed/").status_code == 404


def test_without_a_snapshot_there_is_nothing_to_draw(settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    client = browse()
    assert client.get("/dashboards/").status_code == 200
    assert client.get("/dashboards/overview/").status_code == 503
