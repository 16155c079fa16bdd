"""Snapshots reach the account's lake by themselves, and when a person says so."""

import pytest
from django.core.management import CommandError, call_command

from analytics import tasks
from tests.account import REGION
from tests.analytics import doses
from tests.analytics.doses import DATASET
from tests.analytics.operations import lake as lakes


@pytest.fixture
def revision(state_dir, tmp_path, settings):
    settings.STATE_DIR = state_dir
    return doses.bring(state_dir, tmp_path, "first")


@pytest.fixture
def lake(account, settings):
    known = {"lake_bucket": lakes.BUCKET, "lake_region": REGION}
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=known)
    return lakes.made(account)


def is_published(account, revision):
    return f"lake/{DATASET}/manifests/{revision}.json" in lakes.keys(account)


def test_it_is_published_by_itself_and_once(account, lake, revision):
    tasks.publish_snapshots()
    assert is_published(account, revision)
    account.world.journal.clear()
    tasks.publish_snapshots()
    assert account.calls("s3:PutObject") == []


def test_nothing_leaves_this_machine_where_there_is_no_lake(account, revision):
    tasks.publish_snapshots()
    assert account.world.journal.calls == []
    with pytest.raises(CommandError, match="Set PORTAL_LAKE_BUCKET"):
        call_command("data", "publish", DATASET, revision)


def test_a_refusal_is_told_in_the_log_and_to_the_person(account, lake, revision, caplog):
    account.fault("s3:PutObject", code="AccessDenied", status=403, times=None)
    tasks.publish_snapshots()
    assert "snapshots could not be published: AWS does not allow S3 to take" in caplog.text
    with pytest.raises(CommandError, match=r"does not allow S3 to take .* What serves goes on"):
        call_command("data", "publish", DATASET, revision)


def test_a_person_publishes_one(account, lake, revision, capsys):
    call_command("data", "publish", DATASET, revision)
    assert f"Snapshot {revision} is in s3://a-lake/lake/{DATASET}/." in capsys.readouterr().out
    assert is_published(account, revision)
