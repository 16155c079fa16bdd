"""Faults, the journal and the control address: what goes wrong on demand, and what was asked of the account."""

import httpx
import pytest
from botocore.exceptions import ClientError, HTTPClientError

from simulator import services
from simulator.faults import Kind
from simulator.operations import OPERATIONS
from tests.account import REGION


def control(account, name, **body):
    return httpx.post(f"{account.url}/simulator/{name}", json=body, timeout=5)


def clusters(account, **words):
    return account.client("ecs", **words).list_clusters()["clusterArns"]


def test_an_error_hits_as_often_as_it_was_planted(account):
    fault = account.fault("ecs:ListClusters", code="AccessDeniedException", message="no", times=2, skip=1)
    clusters(account)
    for _ in range(2):
        with pytest.raises(ClientError, match="AccessDenied"):
            clusters(account)
    assert clusters(account) == []
    assert fault.hits == 2


def test_a_lost_answer_is_of_a_call_that_was_done_or_was_not(account):
    account.fault("ecs:CreateCluster", Kind.DROP_AFTER)
    with pytest.raises(HTTPClientError):
        account.client("ecs", may_repeat=False).create_cluster(clusterName="done")
    account.fault("ecs:CreateCluster", Kind.DROP_BEFORE)
    with pytest.raises(HTTPClientError):
        account.client("ecs", may_repeat=False).create_cluster(clusterName="undone")
    assert [arn.rpartition("/")[2] for arn in clusters(account)] == ["done"]
    assert [call.is_effective for call in account.calls("ecs:CreateCluster")] == [True, False]


def test_an_answer_can_be_later_than_anybody_waits(account):
    account.fault("ecs:CreateCluster", Kind.HOLD_AFTER, hold_s=3.5)
    with pytest.raises(HTTPClientError):
        account.client("ecs", may_repeat=False).create_cluster(clusterName="slow")
    assert len(clusters(account)) == 1


def test_a_stale_read_says_what_was_true_before(account):
    assert clusters(account) == []
    account.client("ecs").create_cluster(clusterName="new")
    account.fault("ecs:ListClusters", Kind.STALE)
    assert clusters(account) == []
    assert len(clusters(account)) == 1


def test_the_journal_says_who_asked_what_with_what(account):
    account.client("ecs").create_cluster(clusterName="mine")
    (call,) = account.calls("ecs:CreateCluster")
    assert call.parameters["clusterName"] == "mine"
    assert call.caller.startswith("arn:aws:iam::")
    assert control(account, "journal").json()["counts"]["ecs:CreateCluster"] == 1


def test_the_control_address_turns_the_clock_and_plants_faults(account):
    before = account.world.now()
    control(account, "clock", advance_s=3600)
    assert (account.world.now() - before).total_seconds() >= 3600
    control(account, "faults", service="ecs", operation="*", kind="error", code="ServerException", times=None)
    with pytest.raises(ClientError):
        clusters(account)
    control(account, "faults", clear=True)
    assert clusters(account) == []
    assert control(account, "violations").json() == []


@pytest.mark.parametrize(("name", "body"), [("weather", {}), ("faults", {"kind": "flood"}), ("clock", {"speed": "x"})])
def test_nonsense_is_answered_in_a_sentence(account, name, body):
    answer = control(account, name, **body)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"].endswith(".")


def test_every_handler_answers_an_operation_that_botocore_knows(account):
    services.load_all()
    for service, name in OPERATIONS.known:
        model = account.client(service).meta.service_model
        assert name in model.operation_names, f"{service} has no {name}"
    assert account.client("ecs").meta.region_name == REGION
