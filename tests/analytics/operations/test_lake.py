"""Snapshots in the account's lake: sent once, whole or not there, and led to in an order that a crash can't harm."""

import json

import pytest

from analytics.operations import serving as shelf_serving
from analytics.operations import shelf
from analytics.operations.lake import publishing, serving
from analytics.operations.lake.base import LakeError, database
from portal.aws.answers import asking_once
from tests.account import REGION
from tests.analytics import doses
from tests.analytics.doses import DATASET, NOW
from tests.analytics.operations import lake as lakes
from tests.docker import programs

snapshots = programs.load("snapshots", folder=programs.DOCKER)


@pytest.fixture
def lake(account):
    return lakes.made(account)


@pytest.fixture
def first(tmp_path):
    return doses.bring(tmp_path, tmp_path, "first")


@pytest.fixture
def second(tmp_path, first):
    return doses.bring(tmp_path, tmp_path, "second", days=400)


@pytest.fixture
def publish(lake, tmp_path):
    told = []

    def publish(revision):
        return publishing.publish(
            lake, DATASET, revision=revision, state_dir=tmp_path, progress=lambda *step: told.append(step)
        )

    publish.told = told
    return publish


@pytest.fixture
def both(publish, first, second):
    """Two snapshots that are published; nothing serves."""
    publish(first)
    publish(second)
    return first, second


def sent(account):
    return [call.parameters["Key"] for call in account.calls("s3:PutObject")]


def test_every_file_is_sent_once_and_told(account, publish, second):
    assert publish(second)
    keys = set(lakes.keys(account))
    folder = f"lake/{DATASET}/parquet/{second}/vaccinations"
    assert {f"lake/{DATASET}/lake-{second}.duckdb", f"lake/{DATASET}/manifests/{second}.json"} < keys
    assert {key.rpartition("/")[0] for key in keys if folder in key} == {f"{folder}/year=2021", f"{folder}/year=2022"}
    assert not any("/raw/" in key for key in keys)
    assert publish.told[-1][1] == publish.told[-1][2] > 0
    account.world.journal.clear()
    assert not publish(second)
    assert sent(account) == []


def test_a_large_file_goes_in_parts(account, lake, tmp_path):
    path, counts = tmp_path / "large", []
    path.write_bytes(b"0123456789" * 2_000_000)
    there = publishing.Objects(lake, DATASET)
    there.send(path, "large", "f" * 64, counts.append)
    assert len(account.calls("s3:UploadPart")) == 3
    assert (sum(counts), there.digest("large"), there.read("large")) == (20_000_000, "f" * 64, path.read_bytes())


def test_killed_at_any_call_it_ends_the_same(account, lake, publish, first):
    publish(first)
    whole, number = lakes.everything(account), 0
    while True:
        account.world.reset()
        lakes.made(account)
        with lakes.dying_at(account, number) as left:
            publish(first)
        if left[0] >= 0:
            break
        assert f"lake/{DATASET}/manifests/{first}.json" not in lakes.keys(account)
        publish(first)
        assert lakes.everything(account) == whole
        number += 1
    assert number > 8


def test_what_was_sent_before_it_died_is_not_sent_again(account, publish, first):
    account.fault("s3:PutObject", skip=1, code="AccessDenied", message="no", status=403)
    with pytest.raises(LakeError, match="does not allow S3 to take s3://a-lake/lake"):
        publish(first)
    before = set(lakes.keys(account))
    assert len(before) == 1
    account.world.journal.clear()
    publish(first)
    assert before.isdisjoint(sent(account))


def test_only_one_process_publishes_a_dataset_and_only_what_can_serve(account, lake, publish, first, tmp_path):
    with shelf.publishing(tmp_path, DATASET), pytest.raises(shelf.BusyError):
        publish(first)
    shelf_serving.quarantine(tmp_path, DATASET, revision=first, why="revoked", by="ada", now=NOW)
    with pytest.raises(shelf_serving.SnapshotError, match="quarantine"):
        publish(first)
    assert publishing.publish_all(lake, state_dir=tmp_path, progress=lambda *_: None) == 0
    assert lakes.keys(account) == {}


def test_all_that_waits_is_published(account, lake, first, second, tmp_path):
    publish_all = {"state_dir": tmp_path, "progress": lambda *_: None}
    assert publishing.publish_all(lake, **publish_all) == 2
    assert publishing.publish_all(lake, **publish_all) == 0
    assert set(lakes.tables(account, database(DATASET, first))) == {"snapshot", "vaccinations"}


def test_serving_leads_the_tables_and_the_site_to_a_snapshot_and_back(account, lake, both, tmp_path):
    first, second = both
    assert serving.serving(lake, DATASET) == ""
    for revision in (first, second, first):
        serving.serve(lake, DATASET, revision=revision)
        assert serving.serving(lake, DATASET) == revision
        assert set(lakes.tables(account, DATASET)) == {"snapshot", "vaccinations"}
        assert all(f"/parquet/{revision}/" in place for place in lakes.tables(account, DATASET).values())
        fetched = snapshots.fetch(f"s3://a-lake/lake/{DATASET}/current.json", tmp_path / "site")
        assert fetched.read_bytes() == shelf.snapshot_path(tmp_path, DATASET, revision).read_bytes()
    serving.clear(lake, DATASET)
    assert (serving.serving(lake, DATASET), lakes.tables(account, DATASET)) == ("", {})


@pytest.fixture(autouse=True)
def _region(monkeypatch):
    monkeypatch.setenv("AWS_REGION", REGION)


def killed_everywhere(account, lake, change, *, before):
    """Will begin anew and kill `change` at each of its calls, and give control after each."""
    number = 0
    while True:
        serving.serve(lake, DATASET, revision=before)
        with lakes.dying_at(account, number) as left:
            change()
        if left[0] >= 0:
            return
        yield number
        number += 1


def test_a_kill_while_it_is_led_elsewhere_lets_no_half_pass_for_a_snapshot(account, lake, both):
    first, second = both
    halves = 0
    for _ in killed_everywhere(account, lake, lambda: serving.serve(lake, DATASET, revision=second), before=first):
        assert lakes.pointer(account, DATASET)["revision"] == first
        halves += (told := serving.serving(lake, DATASET)) not in {first, second}
        assert (told == first) == (lakes.revisions(account, DATASET) == {first})
        serving.serve(lake, DATASET, revision=second)
        assert (serving.serving(lake, DATASET), lakes.revisions(account, DATASET)) == (second, {second})
    assert halves > 1


def test_a_kill_while_nothing_shall_serve_is_gone_on_with(account, lake, publish, first):
    publish(first)
    died = 0
    for _ in killed_everywhere(account, lake, lambda: serving.clear(lake, DATASET), before=first):
        serving.clear(lake, DATASET)
        assert (serving.serving(lake, DATASET), lakes.tables(account, DATASET)) == ("", {})
        died += 1
    assert died > 3


def test_a_table_that_can_not_be_led_takes_the_others_back(account, lake, both):
    first, second = both
    serving.serve(lake, DATASET, revision=first)
    account.fault("glue:UpdateTable", skip=1, code="AccessDenied", message="no", status=403)
    with pytest.raises(LakeError, match="does not allow Glue to declare"):
        serving.serve(lake, DATASET, revision=second)
    assert serving.serving(lake, DATASET) == first


def test_what_is_not_published_can_not_serve_and_changes_nothing(account, lake, publish, first, second):
    publish(first)
    serving.serve(lake, DATASET, revision=first)
    before = lakes.everything(account)
    for verb in (serving.serve, serving.show_green):
        with pytest.raises(LakeError, match="not in s3://a-lake/lake/vaccinations/ yet") as told:
            verb(lake, DATASET, revision=second)
        assert not told.value.is_permanent
    assert lakes.everything(account) == before


def test_a_table_of_somebody_else_stays(account, lake, publish, first):
    publish(first)
    hand = account.hand("glue")
    hand.create_database(DatabaseInput={"Name": DATASET})
    hand.create_table(DatabaseName=DATASET, TableInput={"Name": "theirs", "StorageDescriptor": {"Location": "s3://x/"}})
    serving.serve(lake, DATASET, revision=first)
    serving.clear(lake, DATASET)
    assert set(lakes.tables(account, DATASET)) == {"theirs"}


def test_the_pointer_can_be_read_where_questions_are_asked_once(lake, publish, first):
    publish(first)
    serving.serve(lake, DATASET, revision=first)
    with asking_once():
        assert [serving.serving(lake, DATASET) for _ in range(2)] == [first, first]


def test_a_pointer_that_says_nothing_is_told(account, lake):
    account.client("s3").put_object(Bucket="a-lake", Key=f"lake/{DATASET}/current.json", Body=json.dumps([]).encode())
    with pytest.raises(LakeError, match="is no pointer") as told:
        serving.serving(lake, DATASET)
    assert told.value.is_permanent
