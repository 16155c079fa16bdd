"""Every query of the conformance table answers as Athena's documentation says, or is refused: never something else."""

import tomllib
from pathlib import Path

import pytest

from analytics.documentation import conformance
from analytics.documentation.conformance import Case, Topic

TOPICS = tuple(conformance.topics())
CASES = [(topic, case) for topic in TOPICS for case in topic.cases]
PAGE = Path(__file__).parents[3] / "docs" / "conformance.md"


@pytest.mark.parametrize(("topic", "case"), CASES, ids=[f"{t.name}: {c.sql}" for t, c in CASES])
def test_it_answers_as_athena(topic: Topic, case: Case):
    result = conformance.judged(topic, case)

    assert result.verdict != "not equal", result.told


def test_there_are_enough_that_tell_the_two_apart():
    found = conformance.results()

    answered = [one for one in found if one.case.rows is not None]
    assert len(found) >= 250
    # A case that DuckDB answers alike untranslated shows nothing of the translation.
    assert sum(not one.plain for one in answered) >= 250


def test_the_cases_are_all_different():
    queries = [case.sql for _, case in CASES]

    assert len(queries) == len(set(queries))


def test_a_wrong_answer_is_seen():
    topic = TOPICS[0]

    assert conformance.judged(topic, Case("SELECT 7 / 2", rows=(("3.5",),))).verdict == "not equal"
    assert conformance.judged(topic, Case("SELECT 7 / 2", rows=(("3",),), types=("double",))).verdict == "not equal"
    assert conformance.judged(topic, Case("SELECT 1", refused="refused")).verdict == "not equal"
    assert conformance.judged(topic, Case("SELECT 1", fails="ivision")).verdict == "not equal"
    assert conformance.judged(topic, Case("SELECT 1 = '1'", rows=(("true",),))).verdict == "not equal"


def test_every_file_is_read():
    files = [tomllib.loads(path.read_text())["name"] for path in conformance.FOLDER.glob("[a-z]*.toml")]

    assert sorted(files) == sorted(topic.name for topic in TOPICS)


def test_the_page_is_current():
    assert PAGE.read_text() == conformance.page()
