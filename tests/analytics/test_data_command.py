"""manage.py data: what a person types, and the sentence that comes back."""

import re

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


def revision(said):
    """The revision that a sentence of the command begins with."""
    return re.search(r"Snapshot (\w+) ", said)[1]


def test_a_file_is_brought_in_and_shown(data, owid_file):
    assert "serves: Our World in Data, 30 rows, 3 places, 1 January 2021 to 10 January 2021." in data(
        "import", owid_file(owid_lines())
    )
    shown = data("show")
    assert "From owid.csv" in shown
    assert re.search(r"0 of [\d,]+ published values differ from ours\.", shown)


def test_the_samples_are_made_only_where_nothing_serves(data, owid_file, state_dir):
    assert data("sample", "--if-none").count("sample data") == 2
    data("import", owid_file(owid_lines()))
    assert data("sample", "--if-none") == ""
    assert not selectors.serving(shelf.pointer(state_dir, "covid-cases")).is_sample
    assert "Sample data, made up by Verdigris" in data("show", "covid-19")


def test_a_refusal_is_one_sentence_in_three_parts(data, owid_file):
    data("import", owid_file(owid_lines()))
    with pytest.raises(CommandError) as caught:
        data("import", owid_file(["a,b", "1,2"], "bad.csv"))
    sentence = str(caught.value)
    assert sentence.startswith("bad.csv can't be used. Line 1: the columns iso_code")
    assert "(Our World in Data to 2021-01-10) goes on serving. Correct it and import again." in sentence
    assert caught.value.returncode == 1


def test_a_pair_wants_both_files(data, owid_file):
    with pytest.raises(CommandError, match=r"jhu is 2 files: cases and deaths; 1 file named\. No snapshot serves yet"):
        data("import", owid_file(owid_lines()), "--format", "jhu")


def test_show_without_data_says_what_to_do(data):
    with pytest.raises(CommandError, match=r"Run: manage\.py data sample"):
        data("show")


def test_snapshots_are_listed_and_another_one_is_let_serve(data, owid_file):
    first = revision(data("import", owid_file(owid_lines())))
    said = data("import", owid_file(owid_lines(days=11)), "--no-serve")
    second = revision(said)
    assert f"To let it serve: manage.py data serve covid-cases {second}." in said
    listed = data("list").splitlines()
    assert [line.split()[1] for line in listed] == [second, first]
    assert [" serves, " in line for line in listed] == [False, True]
    assert f"Snapshot {second} serves" in data("serve", "covid-cases", second)
    assert f"Snapshot {second} serves" in data("show")


def test_a_snapshot_in_quarantine_does_not_serve(data, owid_file):
    bad = revision(data("import", owid_file(owid_lines())))
    assert "It serves until you let another one serve." in data("quarantine", "covid-cases", bad, "--why", "revoked")
    assert re.search(r"in quarantine since .* by .*: revoked", data("list", "covid-cases"))
    with pytest.raises(CommandError, match=r"is in quarantine since .* \(revoked\)\. Snapshot .* goes on serving"):
        data("serve", "covid-cases", bad)
    with pytest.raises(CommandError, match=r"There is no snapshot abc\."):
        data("quarantine", "covid-cases", "abc", "--why", "x")


def test_a_damaged_file_is_found_by_its_digest(data, owid_file, state_dir):
    made = revision(data("import", owid_file(owid_lines())))
    assert data("verify", "covid-cases", made) == f"Snapshot {made} of covid-cases is as it was built.\n"
    part = next((state_dir / "lake" / "covid-cases" / "parquet" / made / "days").rglob("*.parquet"))
    part.chmod(0o644)
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    with pytest.raises(CommandError, match=rf"is damaged: parquet/{made}/days/year=2021/{part.name}\. It was not"):
        data("verify", "covid-cases", made)


def test_old_snapshots_are_removed_but_not_what_serves(data, owid_file, state_dir):
    made = [revision(data("import", owid_file(owid_lines(days=days)), "--no-serve")) for days in (10, 11, 12)]
    data("serve", "covid-cases", made[0])
    assert data("remove", "covid-cases", "--keep", 1) == f"Removed: {made[1]}.\n"
    assert set(shelf.revisions(state_dir, "covid-cases")) == {made[0], made[2]}
    assert not list((state_dir / "lake" / "covid-cases").rglob(f"*{made[1]}*"))
