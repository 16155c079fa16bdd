"""Pipelines and provenance over the API."""

import pytest

from portal.accounts.permissions import Role
from releases.rules.pipelines.gates import Decision
from tests import factories
from tests.callers import reasons
from tests.releases.operations.pipelines.conftest import TESTS, shop  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def test_how_a_release_was_made(viewer, shop):  # noqa: F811 - the fixture
    factories.user(Role.APPROVER, username="grace")
    shop.start()
    shop.finish(tests=TESTS)
    shop.look()
    shop.settle()
    shop.pipeline.decide(Decision.APPROVED, by="arn:aws:sts::111122223333:assumed-role/Approvers/grace")
    shop.look()
    shown = viewer.get(f"releases/{shop.release().pk}/provenance/").json()
    [build] = shown["builds"]
    assert build["release"] == "1.1.0"
    assert build["tests"] == {"total": 12, "passed": 11}
    assert build["execution"]["standing"] == "succeeded"
    [decision] = shown["decisions"]
    assert decision["decided"]["by"] == "grace"
    assert (decision["origin"], decision["outcome"], decision["rollout"]) == ("console", "done", shop.rollout.pk)


def test_a_release_that_nobody_built_has_nothing(viewer):
    release = factories.release(factories.service())
    assert viewer.get(f"releases/{release.pk}/provenance/").json()["builds"] == []


def test_a_release_that_there_is_not(viewer):
    answer = viewer.get("releases/999/provenance/")
    assert (answer.status_code, reasons(answer)) == (404, ["missing"])


def test_the_list_says_where_they_stand_and_not_by_whose_rights(viewer, shop):  # noqa: F811 - the fixture
    shop.start()
    type(shop.link).objects.update(role_arn="arn:aws:iam::111122223333:role/secret-role", external_id="hush")
    shop.look()
    answer = viewer.get("pipelines/")
    [row] = answer.json()["results"]
    assert row["service"] == "shop"
    assert [one["standing"] for one in row["executions"]] == ["running"]
    assert "hush" not in answer.content.decode()
    assert "secret-role" not in answer.content.decode()
