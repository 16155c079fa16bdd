"""The workbench's pages in a real browser: the editor, answers in every state, history, saved queries, budgets."""

import pytest

from analytics.models import Budget
from analytics.operations import queries, saving, serving
from analytics.operations.queries import Question
from analytics.rules.sql.parameters import Parameter
from portal import clock
from portal.accounts import actors
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics import doses
from tests.browser.test_pages import SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SQL = "SELECT iso_code, date, total_vaccinations, people_vaccinated FROM vaccinations WHERE iso_code = :place"
QUESTION = Question(SQL, doses.DATASET, (Parameter("place", "varchar", "ITA"),))
FAILING = Question("SELECT 1 / (total_vaccinations - total_vaccinations) FROM vaccinations", doses.DATASET)


@pytest.fixture
def ana(tmp_path, settings):
    """An analyst who is an operator as well, on a shelf with one snapshot."""
    settings.STATE_DIR = tmp_path / "state"
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"query_has_spare": False, "query_slots": 1})
    revision = doses.bring(settings.STATE_DIR, tmp_path, "first")
    serving.serve(settings.STATE_DIR, doses.DATASET, revision=revision)
    return factories.user(Role.ANALYST, Role.OPERATOR, username="somebody-with-a-rather-long-name")


def asked(question, person, *, is_answered=True):
    query = queries.submit(question, by=actors.from_user(person), now=clock.now())
    while is_answered and not query.ended_at:
        query = queries.advance(query.pk, now=clock.now(), patience_s=2)
    return query


@pytest.mark.parametrize("screen", SCREENS)
def test_a_question_is_written_and_refused(reader, ana, screen):
    person = reader(user=ana, **screen)
    page = person.open("/workbench/?table=vaccinations.vaccinations")
    page.get_by_text("Would run.").wait_for()
    assert page.get_by_role("textbox", name="SQL").inner_text().startswith("SELECT *")
    assert person.faults() == []
    Budget.objects.create(person=ana, span=Budget.Span.DAY, bytes_at_most=1, usd_at_most=1)
    page.get_by_role("button", name="Run").click()
    page.get_by_role("alert").wait_for()
    page.get_by_text("Beyond your budget.").wait_for()
    assert person.faults() == []
    page.get_by_role("link", name="What is spent of your budget").click()
    page.get_by_role("heading", name="Budgets", exact=True).wait_for()


@pytest.mark.parametrize("screen", SCREENS)
def test_answers_in_every_state(reader, ana, screen):
    answered = asked(QUESTION, ana)
    failed = asked(FAILING, ana)
    waiting = asked(Question("SELECT now() AS at", doses.DATASET), ana, is_answered=False)
    person = reader(user=ana, **screen)
    faults = {}
    for query, told in ((answered, "30 rows"), (failed, "It failed."), (waiting, "Waits its turn.")):
        page = person.open(f"/workbench/q/{query.token}/")
        page.get_by_text(told).wait_for()
        page.get_by_text("Would run.").wait_for()
        if query is answered:
            page.get_by_text("Quick chart").click()
            page.locator(".drawn .main-svg").first.wait_for()
            assert page.locator(".drawn").evaluate("box => box.scrollHeight <= box.clientHeight"), "it covers the rest"
        faults[told] = person.faults()
    assert faults == {told: [] for told in faults}


@pytest.mark.parametrize("screen", SCREENS)
def test_history_saved_queries_and_budgets(reader, ana, screen):
    asked(QUESTION, ana)
    asked(FAILING, ana)
    for note in ("First", "Of a place"):
        saving.save(
            title="Doses of a place", sql=SQL, parameters=QUESTION.parameters, database=doses.DATASET, note=note,
            by=actors.from_user(ana), now=clock.now(),
        )  # fmt: skip
    for whose in ({"person": ana}, {"role": Role.ANALYST}):
        Budget.objects.create(span=Budget.Span.MONTH, bytes_at_most=2**19, usd_at_most=1000, **whose)
    person = reader(user=ana, **screen)
    faults = {}
    for place in ("history/", "saved/", "saved/doses-of-a-place/", "budgets/"):
        person.open(f"/workbench/{place}")
        faults[place] = person.faults()
    assert faults == {place: [] for place in faults}


@pytest.mark.parametrize("has_scripts", [True, False])
def test_an_operator_sets_a_budget_by_keyboard(reader, ana, has_scripts):
    page = reader(user=ana, java_script_enabled=has_scripts).open("/workbench/budgets/")
    page.get_by_label("Whose").focus()
    for key in ("ana", "Tab", "mo", "Tab", "2.5", "Tab", "-1", "Enter"):
        page.keyboard.press(key) if key in {"Tab", "Enter"} else page.keyboard.type(key)
    page.get_by_text("greater than or equal to 0").wait_for()
    assert not Budget.objects.exists()
    page.get_by_label("Costs at most").fill("4")
    page.keyboard.press("Enter")
    page.get_by_text("The budget is set: analyst, each month.").wait_for()
    page.get_by_role("button", name="Lift the budget of analyst, each month").click()
    page.get_by_text("The budget is lifted").wait_for()
    assert not Budget.objects.exists()
