"""Revisions are published, and jobs bring their files into S3."""

from typing import Any

import pytest

from simulator.services import dataexchange
from tests.account import REGION, Account
from tests.simulator.repository import CONTEXT
from tests.simulator.test_events import listen

FILES = {"cases.csv": b"day,cases\n2026-11-01,5\n", "deaths.csv": b"day,deaths\n"}


def job(account: Account, data_set: str, revision: str, bucket: str = "lake") -> tuple[Any, str]:
    client = account.client("dataexchange")
    destination = {"RevisionId": revision, "Bucket": bucket, "KeyPattern": "raw/${Revision.Id}/${Asset.Name}"}
    details = {"ExportRevisionsToS3": {"DataSetId": data_set, "RevisionDestinations": [destination]}}
    return client, client.create_job(Type="EXPORT_REVISIONS_TO_S3", Details=details)["Id"]


def test_a_revision_is_told_and_listed(account: Account) -> None:
    read = listen(account, {"source": ["aws.dataexchange"]})
    data_set, revision = dataexchange.publish("COVID-19", FILES, CONTEXT)
    client = account.client("dataexchange")

    assert [one["Id"] for one in client.list_data_sets(Origin="ENTITLED")["DataSets"]] == [data_set]
    assert [one["Id"] for one in client.list_data_set_revisions(DataSetId=data_set)["Revisions"]] == [revision]
    assets = client.list_revision_assets(DataSetId=data_set, RevisionId=revision)["Assets"]
    assert [one["Name"] for one in assets] == list(FILES)
    [event] = read()
    assert event["detail-type"] == "Revision Published To Data Set"
    assert (event["resources"], event["detail"]["RevisionIds"]) == ([data_set], [revision])


def test_a_job_brings_the_files(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    data_set, revision = dataexchange.publish("COVID-19", FILES, CONTEXT)
    client, id_ = job(account, data_set, revision)

    waiting = client.get_job(JobId=id_)["State"]
    client.start_job(JobId=id_)
    running = client.get_job(JobId=id_)["State"]
    with pytest.raises(client.exceptions.ConflictException):
        client.start_job(JobId=id_)
    account.advance(minutes=1)

    assert (waiting, running, client.get_job(JobId=id_)["State"]) == ("WAITING", "IN_PROGRESS", "COMPLETED")
    assert s3.get_object(Bucket="lake", Key=f"raw/{revision}/cases.csv")["Body"].read() == FILES["cases.csv"]


def test_a_job_that_cannot_write_ends_in_an_error(account: Account) -> None:
    data_set, revision = dataexchange.publish("COVID-19", FILES, CONTEXT)
    client, id_ = job(account, data_set, revision, bucket="nowhere")

    client.start_job(JobId=id_)
    account.advance(minutes=1)

    ended = client.get_job(JobId=id_)
    assert (ended["State"], ended["Errors"][0]["Code"]) == ("ERROR", "ACCESS_DENIED_EXCEPTION")


def test_what_is_not_there_is_not_found(account: Account) -> None:
    client = account.client("dataexchange")

    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_data_set_revisions(DataSetId="0" * 32)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_job(JobId="0" * 32)
