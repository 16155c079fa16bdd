"""Dashboards are embedded for a user, or for anybody, or refused."""

from typing import Any

import pytest

from tests.account import REGION, Account

OWNER = "123456789012"
DASHBOARD = {"Dashboard": {"InitialDashboardId": "covid"}}


@pytest.fixture
def client(account: Account) -> Any:
    client = account.client("quicksight")
    source = {"DataSetReferences": [], "Arn": f"arn:aws:quicksight:{REGION}:{OWNER}:template/covid"}
    client.create_dashboard(
        AwsAccountId=OWNER, DashboardId="covid", Name="COVID-19", SourceEntity={"SourceTemplate": source}
    )
    return client


def test_a_user_gets_an_address(client: Any) -> None:
    user = client.register_user(
        AwsAccountId=OWNER,
        Namespace="default",
        IdentityType="QUICKSIGHT",
        Email="d@example.com",
        UserRole="READER",
        UserName="d",
    )["User"]["Arn"]
    words = {"AwsAccountId": OWNER, "ExperienceConfiguration": DASHBOARD}

    answer = client.generate_embed_url_for_registered_user(**words, UserArn=user)

    assert "/dashboards/covid?code=" in answer["EmbedUrl"]
    with pytest.raises(client.exceptions.QuickSightUserNotFoundException):
        client.generate_embed_url_for_registered_user(**words, UserArn=f"{user}2")
    none = {"Dashboard": {"InitialDashboardId": "none"}}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.generate_embed_url_for_registered_user(AwsAccountId=OWNER, ExperienceConfiguration=none, UserArn=user)


def test_anybody_gets_an_address_to_what_is_allowed(client: Any) -> None:
    words = {"AwsAccountId": OWNER, "Namespace": "default", "ExperienceConfiguration": DASHBOARD}
    arn = f"arn:aws:quicksight:{REGION}:{OWNER}:dashboard"

    answer = client.generate_embed_url_for_anonymous_user(**words, AuthorizedResourceArns=[f"{arn}/covid"])

    assert answer["AnonymousUserArn"]
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.generate_embed_url_for_anonymous_user(**words, AuthorizedResourceArns=[f"{arn}/other"])
