"""manage.py data: what a person types, and the sentence that comes back."""

import pytest
from django.core.management import CommandError, call_command

from analytics import selectors
from analytics.operations import shelf
from tests.analytics.conftest import owid_lines


@pytest.fixture
def data(settings, state_dir, capsys):
    settings.STATE_DIR = state_dir
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"snapshot": None})

    def run(*words):
        call_command("data", *map(str, words))
        return capsys.readouterr().out

    return run


def test_a_file_is_brought_in_and_shown(data, owid_file):
    assert "serves: Our World in Data, 30 rows, 3 places, 1 January 2021 to 10 January 2021." in data(
        "import", owid_file(owid_lines())
    )
    shown = data("show")
    assert "From owid.csv" in shown
    assert "0 of 24 published 7-day averages differ from ours." in shown


def test_the_sample_is_made_only_where_nothing_serves(data, owid_file, state_dir):
    assert "sample data" in data("sample", "--if-none")
    data("import", owid_file(owid_lines()))
    assert data("sample", "--if-none") == ""
    assert not selectors.serving(shelf.pointer(state_dir, "covid-cases")).is_sample


def test_a_refusal_is_one_sentence_in_three_parts(data, owid_file):
    data("import", owid_file(owid_lines()))
    with pytest.raises(CommandError) as caught:
        data("import", owid_file(["a,b", "1,2"], "bad.csv"))
    sentence = str(caught.value)
    assert sentence.startswith("bad.csv can't be used. Line 1: the columns iso_code")
    assert "(Our World in Data to 2021-01-10) goes on serving. Correct it and import again." in sentence
    assert caught.value.returncode == 1


def test_a_pair_wants_both_files(data, owid_file):
    with pytest.raises(CommandError, match=r"is a pair of files\. Nothing was changed"):
        data("import", owid_file(owid_lines()), "--format", "jhu")


def test_show_without_data_says_what_to_do(data):
    with pytest.raises(CommandError, match=r"Run: manage\.py data sample"):
        data("show")
