"""Buckets and data sets: what a prefix holds, the COVID-19 data lake's tables, and jobs that vanish."""

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from analytics.operations import snapshots
from analytics.rules.datasets import covid_19
from analytics.sources import data_exchange
from analytics.sources.base import NotYetError, SourceError
from analytics.sources.data_exchange import DataExchangeConfig, DataExchangeSource
from analytics.sources.s3 import S3Config, S3Source
from simulator.services import dataexchange
from tests.account import REGION
from tests.analytics.conftest import NOW, quiet
from tests.contracts.sources.rigs import BUCKET, Record
from tests.simulator.repository import CONTEXT

FILES = {"deaths.csv": b"day,deaths\n", "cases.csv": b"day,cases\n2020-03-01,5\n"}
STATES = b'{"date":"2020-03-01","state":"Washington","fips":"53","cases":18,"deaths":1}\n'
FORGOTTEN = "a" * 32
COUNTIES = b'{"date":"2020-03-01","county":"King","state":"Washington","fips":"53033","cases":14,"deaths":1}\n'


@pytest.fixture
def bucket(account):
    hand = account.hand("s3")
    hand.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return lambda key, content: hand.put_object(Bucket=BUCKET, Key=key, Body=content)


@pytest.fixture
def exchange(account, bucket):
    """Will publish a revision, and give the source that reads the data set, and our record of its jobs."""
    data_set, _ = dataexchange.publish("COVID-19", FILES, CONTEXT)
    jobs = Record()
    config = DataExchangeConfig(data_set, f"s3://{BUCKET}/raw/", ("cases.csv", "deaths.csv"))
    return DataExchangeSource(config, account.client, jobs), jobs


def exported(account, source, into, seconds=30):
    """Will ask twice: for the export, and for what it gave."""
    [revision] = source.revisions()
    with pytest.raises(NotYetError, match="Ask again"):
        source.fetch(revision, into, quiet)
    account.advance(seconds=seconds)
    return source.fetch(revision, into, quiet)


def test_the_lakes_tables_come_from_their_folders_under_their_names(account, bucket, tmp_path):
    bucket("rearc-covid-19-nyt-data-in-usa/json/us-states/part-00000-9f.json", STATES)
    bucket("rearc-covid-19-nyt-data-in-usa/json/us-counties/part-00000-3a.json", COUNTIES)
    bucket("rearc-covid-19-nyt-data-in-usa/json/us-counties/_SUCCESS", b"yes")
    bucket("alleninstitute/CORD19/raw/paper.json", b"{}")
    source = S3Source(S3Config(f"s3://{BUCKET}/", covid_19.FOLDERS), account.client)
    made = snapshots.build([source], form="covid-19", state_dir=tmp_path, now=NOW, progress=quiet)
    assert made.rows == 2
    assert "us-states/part-00000-9f.json" in made.origin
    assert set(covid_19.FOLDERS.values()) <= set(covid_19.TABLES)


def test_a_bucket_and_a_key_that_are_not_there_are_said(account, bucket):
    with pytest.raises(SourceError, match="There is nothing at"):
        S3Source(S3Config(f"s3://{BUCKET}/nope.csv"), account.client).revisions()
    with pytest.raises(SourceError, match="bucket does not exist"):
        S3Source(S3Config("s3://nobodys-bucket/a.csv"), account.client).revisions()


def test_a_key_is_that_object_alone(account, bucket, tmp_path):
    bucket("owid.csv", b"a\n")
    bucket("owid.csv.bak", b"b\n")
    source = S3Source(S3Config(f"s3://{BUCKET}/owid.csv"), account.client)
    assert [raw.name for raw in source.fetch(source.revisions()[0], tmp_path, quiet)] == ["owid.csv"]


def test_a_revision_is_exported_once_and_comes_in_the_order_asked_for(account, exchange, tmp_path):
    source, _ = exchange
    raws = exported(account, source, tmp_path)
    assert [(raw.name, raw.path.read_bytes()) for raw in raws] == [
        ("cases.csv", FILES["cases.csv"]),
        ("deaths.csv", FILES["deaths.csv"]),
    ]
    [revision] = source.revisions()
    assert f"/revision={revision.id}/" in raws[0].origin
    assert len(account.calls("dataexchange:CreateJob")) == 1


def test_while_a_job_runs_no_second_one_is_made(account, exchange, tmp_path):
    source, _ = exchange
    [revision] = source.revisions()
    for _ in range(3):
        with pytest.raises(NotYetError):
            source.fetch(revision, tmp_path, quiet)
    assert len(account.calls("dataexchange:CreateJob")) == 1
    assert len(account.calls("dataexchange:StartJob")) == 1


def test_a_job_that_was_made_but_never_started_is_started(account, exchange, tmp_path):
    source, jobs = exchange
    [revision] = source.revisions()
    account.fault("dataexchange:StartJob", code="InternalServerException", status=500, times=3)
    with pytest.raises(SourceError):
        source.fetch(revision, tmp_path, quiet)
    assert jobs.running(source.config.data_set, revision.id)
    exported(account, source, tmp_path)
    assert len(account.calls("dataexchange:CreateJob")) == 1


def test_what_was_exported_is_not_exported_again_when_aws_forgot_the_job(account, exchange, tmp_path):
    source, _ = exchange
    exported(account, source, tmp_path / "first")
    account.advance(days=91)
    [revision] = source.revisions()
    assert len(source.fetch(revision, tmp_path / "second", quiet)) == 2
    assert len(account.calls("dataexchange:CreateJob")) == 1


def test_a_job_that_vanished_before_it_was_done_is_made_again(account, exchange, tmp_path):
    source, jobs = exchange
    [revision] = source.revisions()
    jobs.begin(source.config.data_set, revision.id, FORGOTTEN)
    exported(account, source, tmp_path)
    assert jobs.states == {FORGOTTEN: "GONE"}


def test_what_somebody_removed_is_exported_again(account, exchange, tmp_path):
    source, _ = exchange
    exported(account, source, tmp_path / "first")
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys.clear()
    exported(account, source, tmp_path / "second")
    assert len(account.calls("dataexchange:CreateJob")) == 2


def test_a_job_that_failed_says_why_and_the_next_look_tries_again(account, exchange, tmp_path):
    source, _ = exchange
    account.hand("s3").delete_bucket(Bucket=BUCKET)
    account.hand("s3").create_bucket(Bucket="other", CreateBucketConfiguration={"LocationConstraint": REGION})
    [revision] = source.revisions()
    data_set, client = source.config.data_set, account.client("dataexchange")
    to = [{"RevisionId": revision.id, "Bucket": "nowhere", "KeyPattern": "${Asset.Name}"}]
    details = {"ExportRevisionsToS3": {"DataSetId": data_set, "RevisionDestinations": to}}
    job = client.create_job(Type="EXPORT_REVISIONS_TO_S3", Details=details)["Id"]
    client.start_job(JobId=job)
    account.advance(seconds=30)
    account.hand("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    source.jobs.begin(data_set, revision.id, job)
    with pytest.raises(SourceError, match="ended ERROR: The bucket nowhere can't be written to"):
        source.fetch(revision, tmp_path, quiet)
    exported(account, source, tmp_path)


def test_a_revoked_revision_says_since_when_and_why(account, exchange):
    source, _ = exchange
    [revision] = source.revisions()
    dataexchange.revoke(source.config.data_set, revision.id, "Italy was counted twice", CONTEXT)
    [revoked] = source.revisions()
    assert (revoked.id, revoked.revoked_why) == (revision.id, "Italy was counted twice")
    assert revision.published_at < revoked.revoked_at <= account.world.now()


def test_the_data_sets_that_the_account_may_read_are_listed_by_name(account, exchange):
    dataexchange.publish("A first one", FILES, CONTEXT)
    assert [one.name for one in data_exchange.entitled(account.client)] == ["A first one", "COVID-19"]
