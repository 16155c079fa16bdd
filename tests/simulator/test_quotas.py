"""Quotas are AWS's defaults until a test sets others."""

import pytest

from simulator.services import servicequotas
from tests.account import Account


def test_a_quota_is_read_and_set(account: Account) -> None:
    client = account.client("service-quotas")
    before = client.get_service_quota(ServiceCode="fargate", QuotaCode="L-3032A538")["Quota"]["Value"]

    servicequotas.set_quota("fargate", "L-3032A538", 1)

    assert before == 6
    assert client.list_service_quotas(ServiceCode="fargate")["Quotas"][0]["Value"] == 1
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(ServiceCode="fargate", QuotaCode="L-00000000")
