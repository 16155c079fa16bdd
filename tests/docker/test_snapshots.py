"""The insights site serves the snapshot that the pointer in S3 names, and none that isn't what the pointer says."""

import hashlib
import json

import pytest

from tests.account import REGION
from tests.docker import programs

snapshots = programs.load("snapshots", folder=programs.DOCKER)
CONTENT = b"a snapshot" * 300_000
KEY = "lake/covid-cases/1.duckdb"
POINTER = "s3://a-lake/lake/covid-cases/current.json"


@pytest.fixture
def lake(account, monkeypatch):
    monkeypatch.setenv("AWS_REGION", REGION)
    account.client("s3").create_bucket(Bucket="a-lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    put(account, KEY, CONTENT)
    point(account)
    return account


def put(account, key, content):
    account.client("s3").put_object(Bucket="a-lake", Key=key, Body=content)


def point(account, **changes):
    said = {"revision": "2022-08-01-1", "key": KEY, "sha256": hashlib.sha256(CONTENT).hexdigest(), **changes}
    put(account, "lake/covid-cases/current.json", json.dumps(said).encode())


def test_it_is_fetched_once(lake, tmp_path):
    path = snapshots.fetch(POINTER, tmp_path / "snapshots")

    assert path.read_bytes() == CONTENT
    assert snapshots.fetch(POINTER, tmp_path / "snapshots") == path
    fetched = [call.parameters["Key"] for call in lake.calls("s3:GetObject")]
    assert fetched.count(KEY) == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sha256": "0" * 64}, "is not what its pointer says"),
        ({"sha256": "latest"}, "names no SHA-256"),
        ({"key": "lake/covid-cases/none.duckdb"}, "S3 to give"),
    ],
)
def test_what_is_not_what_the_pointer_says_is_not_served(lake, tmp_path, changes, told):
    point(lake, **changes)

    with pytest.raises(snapshots.SnapshotError, match=told):
        snapshots.fetch(POINTER, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_pointer_that_is_none_is_named(lake, tmp_path):
    put(lake, "lake/covid-cases/current.json", b'["revision"]')
    with pytest.raises(snapshots.SnapshotError, match="is no pointer"):
        snapshots.fetch(POINTER, tmp_path)
    with pytest.raises(snapshots.SnapshotError, match="Write s3://BUCKET"):
        snapshots.fetch("https://a-lake/current.json", tmp_path)
