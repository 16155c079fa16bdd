"""The workbench's pages: a question asked, refused, followed, exported, saved."""

import pytest
from django.test import Client

from analytics.models import Budget, Query, SavedVersion
from analytics.operations import queries, serving
from portal import clock
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics import doses

pytestmark = pytest.mark.django_db
SQL = "SELECT iso_code, max(total_vaccinations) AS doses FROM vaccinations WHERE iso_code = :place GROUP BY 1"
FORM = {
    "sql": SQL,
    "database": doses.DATASET,
    "name": ["place", ""],
    "type": ["varchar", "varchar"],
    "value": ["ITA", ""],
}


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"query_has_spare": False})
    revision = doses.bring(settings.STATE_DIR, tmp_path, "first")
    serving.serve(settings.STATE_DIR, doses.DATASET, revision=revision)


@pytest.fixture
def browse():
    def sign_in(*roles):
        client = Client()
        client.force_login(factories.user(*roles), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def ana(browse):
    return browse(Role.ANALYST)


def answered(token):
    query = Query.objects.get(token=token)
    while not query.ended_at:
        query = queries.advance(query.pk, now=clock.now(), patience_s=2)
    return query


def test_a_question_is_asked_followed_and_taken_away(ana):
    asked = ana.post("/workbench/run/", FORM)
    assert asked.status_code == 302
    waiting = ana.get(asked.url).content.decode()
    assert "Waits its turn" in waiting
    assert "every 1s" in waiting
    query = answered(asked.url.split("/")[-2])
    page = ana.get(asked.url).content.decode()
    assert "1 row" in page
    assert '<td class="num">3000</td>' in page
    assert 'value="ITA"' in page
    csv = ana.get(f"{asked.url}export/csv/")
    assert b"".join(csv.streaming_content) == b'"iso_code","doses"\n"ITA",3000\n'
    assert ana.get(f"{asked.url}chart.json").json()["columns"] == {"iso_code": ["ITA"], "doses": [3000]}
    assert query.token in ana.get("/workbench/history/").content.decode()


def test_what_may_not_run_is_told_beside_the_text(ana):
    page = ana.post("/workbench/run/", {**FORM, "sql": "SELECT *\nFROM nowhere"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "Nothing was run" in text
    assert "FROM nowhere" in text
    assert not Query.objects.exists()


def test_the_estimate_comes_before_the_run(ana):
    good = ana.post("/workbench/estimate/", FORM).content.decode()
    assert "Would run." in good
    assert "vaccinations" in good
    bad = ana.post("/workbench/estimate/", {**FORM, "sql": "DELETE FROM vaccinations"}).content.decode()
    assert "Would not run." in bad
    assert not Query.objects.exists()


def test_the_estimate_says_that_it_is_beyond_the_budget(ana):
    Budget.objects.create(role=Role.ANALYST, span=Budget.Span.DAY, bytes_at_most=1, usd_at_most=1)
    told = ana.post("/workbench/estimate/", FORM).content.decode()
    assert "Would run." not in told
    assert "Of the day's 1\xa0byte and $1.00 are left." in told


def test_the_estimate_says_what_athena_would_refuse(ana):
    uneven = "SELECT count(*) FROM vaccinations\nWHERE total_vaccinations > '5' AND iso_code = :place"
    rough = "SELECT approx_distinct(iso_code) FROM vaccinations WHERE iso_code = :place"
    told = {
        sql: ana.post("/workbench/estimate/", {**FORM, "sql": sql}).content.decode() for sql in (uneven, rough, SQL)
    }
    assert "Would run." in told[uneven]
    assert "Not on Athena.</b> Line 2: " in told[uneven]
    assert "Not quite the same on Athena." in told[rough]
    assert "on Athena" not in told[SQL]


def test_a_wrong_parameter_is_told(ana):
    page = ana.post("/workbench/run/", {**FORM, "type": ["bigint", "varchar"]})
    assert ":place is to be bigint, and &#x27;ITA&#x27; is none" in page.content.decode()


def test_a_saved_question_keeps_every_version(ana):
    for number, sql in enumerate((SQL, f"{SQL} ORDER BY 2"), start=1):
        saved = ana.post(
            "/workbench/saved/save/", {**FORM, "sql": sql, "title": "Doses of a place", "note": f"n{number}"}
        )
        assert saved.url == "/workbench/saved/doses-of-a-place/"
    page = ana.get(saved.url).content.decode()
    assert "Version 2" in page
    assert "Version 1" in page
    live = ana.get("/workbench/?saved=doses-of-a-place").content.decode()
    assert "ORDER BY 2" in live
    newest = SavedVersion.objects.get(number=2)
    asked = ana.post("/workbench/run/", {**FORM, "sql": newest.sql, "saved": newest.pk})
    assert answered(asked.url.split("/")[-2]).saved == newest


def test_nobody_else_changes_a_saved_question(ana, browse):
    ana.post("/workbench/saved/save/", {**FORM, "title": "Mine"})
    browse(Role.ANALYST).post("/workbench/saved/save/", {**FORM, "title": "Mine"})
    assert SavedVersion.objects.count() == 1


@pytest.mark.parametrize(
    "address", ["/workbench/", "/workbench/history/", "/workbench/saved/", "/workbench/completions.json"]
)
def test_viewers_and_strangers_stay_outside(browse, address):
    assert browse(Role.VIEWER).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_the_editor_learns_the_names(ana):
    assert "iso_code" in ana.get("/workbench/completions.json").json()["vaccinations"]


def test_unknown_queries_and_kinds_are_not_found(ana):
    assert ana.get("/workbench/q/nothing/").status_code == 404
    asked = ana.post("/workbench/run/", FORM)
    answered(asked.url.split("/")[-2])
    assert ana.get(f"{asked.url}export/exe/").status_code == 409
