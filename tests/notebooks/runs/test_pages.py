"""The pages of runs: the list, the form, one run, two beside each other, a shared one; and what a notebook can't do."""

from datetime import timedelta

import pytest
from django.test import Client

from notebooks.models import Page, Run, Schedule, Share
from notebooks.operations import publications, shares
from portal import clock
from portal.accounts import actors
from portal.accounts.permissions import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state_dir")]
FIGURE = {"data": [{"type": "scatter", "x": [1, 2], "y": [3, 4]}], "layout": {"title": {"text": "</script>"}}}
EVIL = "<script>fetch('/accounts/profile/')</script><b>bold</b>"


def signed_in(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def browse(ana):
    return signed_in(ana)


def test_the_list_names_what_may_run_and_what_ran(browse, ended):
    run = ended()
    page = browse.get("/notebooks/runs/").content.decode()
    assert "waves" in page
    assert f"/notebooks/runs/{run.token}/" in page
    assert "A title" not in browse.get("/notebooks/runs/?notebook=other").content.decode()


def test_the_form_shows_each_parameter_and_runs_with_what_differs(browse):
    page = browse.get("/notebooks/runs/new/waves/").content.decode()
    assert 'name="p.country"' in page
    assert 'value="ITA"' in page
    asked = browse.post("/notebooks/runs/new/waves/run/", {"p.country": "FRA", "p.apart_days": "42", "when": "now"})
    run = Run.objects.get()
    assert asked.url == f"/notebooks/runs/{run.token}/"
    assert run.parameters == {"country": "FRA"}
    assert "Waits its turn" in browse.get(asked.url).content.decode()


def test_a_parameter_of_another_kind_is_told_and_the_form_keeps_what_was_written(browse):
    page = browse.post("/notebooks/runs/new/waves/run/", {"p.country": "FRA", "p.apart_days": "often", "when": "now"})
    assert page.status_code == 422
    assert "apart_days is to be like 42" in page.content.decode()
    assert 'value="FRA"' in page.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize("given", [{"when": "every", "hours": "24"}, {"when": "promotion", "dataset": "covid-cases"}])
def test_the_form_sets_what_runs_by_itself_and_the_list_stops_it(browse, given):
    browse.post("/notebooks/runs/new/waves/run/", {"p.country": "ITA", **given})
    made = Schedule.objects.get()
    assert str(made) in browse.get("/notebooks/runs/").content.decode()
    browse.post(f"/notebooks/schedules/{made.pk}/stop/")
    assert str(made) not in browse.get("/notebooks/runs/").content.decode()


def test_a_run_shows_its_failed_cell(browse, ended):
    run = ended(error="no such table", state=Run.State.FAILED, cell=3, message="E: no such table")
    page = browse.get(f"/notebooks/runs/{run.token}/").content.decode()
    assert "Cell 3 failed." in page
    cells = browse.get(f"/notebooks/runs/{run.token}/content/").content.decode()
    assert '<pre class="error">E: no such table</pre>' in cells
    assert "<details open>" in " ".join(cells.split()).replace(" >", ">")


def test_figures_are_drawn_by_the_portals_own_plotly(browse, ended):
    run = ended({"application/vnd.plotly.v1+json": FIGURE, "text/html": EVIL})
    cells = browse.get(f"/notebooks/runs/{run.token}/content/").content.decode()
    assert "plotly/plotly.min.js" in cells
    assert "&lt;/script&gt;" in cells
    assert "fetch(" not in cells
    assert "//cdn" not in cells


def test_what_a_notebook_gives_stays_in_a_frame_without_rights(browse, ended):
    run = ended({"text/html": EVIL}, {"image/svg+xml": "<svg onload='x()'/>"})
    page = browse.get(f"/notebooks/runs/{run.token}/")
    assert 'sandbox="allow-scripts"' in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    framed = browse.get(f"/notebooks/runs/{run.token}/content/")
    policy = dict(part.strip().partition(" ")[::2] for part in framed["Content-Security-Policy"].split(";"))
    assert policy["sandbox"] == "allow-scripts"
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "<svg" not in framed.content.decode()


def test_two_runs_stand_beside_each_other_with_what_differs(browse, ended):
    one, other = ended(), ended(snapshots={"covid-cases": "def"}, parameters={"country": "FRA"})
    page = browse.get(f"/notebooks/runs/{one.token}/?beside={other.token}").content.decode()
    assert page.count("<iframe") == 3
    for word in ("Snapshot of covid-cases", "abc", "def", "Parameter country", "FRA"):
        assert word in page


def test_a_link_opens_for_whoever_holds_it_until_it_is_withdrawn(browse, ended):
    run = ended({"text/html": "<b>bold</b>"})
    browse.post(f"/notebooks/runs/{run.token}/share/", {"days": "7"})
    made = Share.objects.get()
    address = f"/notebooks/shared/{shares.signed(made)}/"
    assert address in browse.get(f"/notebooks/runs/{run.token}/").content.decode()
    stranger = Client()
    assert "A title" in stranger.get(address).content.decode()
    assert "<b>bold</b>" in stranger.get(f"{address}content/").content.decode()
    assert stranger.get(f"/notebooks/runs/{run.token}/").status_code == 302
    browse.post(f"/notebooks/shares/{made.pk}/withdraw/")
    assert stranger.get(address).status_code == stranger.get(f"{address}content/").status_code == 404


def test_a_link_expires_and_cant_be_made_up(ended, ana):
    run, now = ended(), clock.now()
    made = shares.share(run, days=1, by=actors.from_user(ana), now=now)
    link = shares.signed(made)
    assert shares.opened(link, now=now + timedelta(hours=23)) == made
    assert shares.opened(link, now=now + timedelta(hours=24)) is None
    assert shares.opened(link.replace(f"{made.pk}:", f"{made.pk + 1}:"), now=now) is None
    assert shares.opened(f"{made.pk}", now=now) is None


def test_others_share_nothing_of_mine(ended):
    run = ended()
    other = signed_in(factories.user(Role.ANALYST))
    other.post(f"/notebooks/runs/{run.token}/share/", {"days": "7"})
    assert not Share.objects.exists()


def test_a_viewer_reads_runs_and_starts_none(ended):
    run, viewer = ended(), signed_in(factories.user(Role.VIEWER))
    assert viewer.get(f"/notebooks/runs/{run.token}/").status_code == 200
    assert viewer.get("/notebooks/runs/new/waves/").status_code == 403
    assert viewer.post("/notebooks/runs/new/waves/run/").status_code == 403


def test_a_published_page_is_there_until_it_is_withdrawn(browse, ana):
    content = {"title": "Italy", "note": "A note", "figure": FIGURE, "sql": "SELECT 1", "query": "abc"}
    content["rows"] = {"columns": ["n"], "data": [[1]]}
    by = actors.from_user(ana)
    made = publications.publish(content, key="k", by=by, now=clock.now())
    assert publications.publish(content, key="k", by=by, now=clock.now()) == made
    page = browse.get(f"/notebooks/pages/{made.token}/").content.decode()
    assert "Italy" in page
    assert "<td>1</td>" in page
    assert "data-figure=" in browse.get(f"/notebooks/pages/{made.token}/figure/").content.decode()
    browse.post(f"/notebooks/pages/{made.token}/withdraw/")
    assert Page.objects.get().withdrawn_by == "ana"
    assert browse.get(f"/notebooks/pages/{made.token}/").status_code == 404


@pytest.mark.parametrize(
    "address", ["runs/none/", "runs/none/content/", "runs/new/none/", "shared/1:x/", "pages/none/"]
)
def test_what_isnt_there_is_not_found(browse, address):
    assert browse.get(f"/notebooks/{address}").status_code == 404
