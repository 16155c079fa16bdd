"""The account's QuickSight: dashboards and who sees them, refreshes, and embedded dashboards with their frames."""

from typing import Any

import httpx
import pytest

from tests.account import REGION, Account

OWNER = "123456789012"
WHERE = {"AwsAccountId": OWNER}
DASHBOARD = {"Dashboard": {"InitialDashboardId": "covid"}}
PLACE = f"arn:aws:quicksight:{REGION}:{OWNER}"
SEES = ["quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"]
DOMAINS = ["https://releases.example.org"]


@pytest.fixture
def client(account: Account) -> Any:
    client = account.client("quicksight")
    source = client.create_data_source(
        **WHERE,
        DataSourceId="athena",
        Name="Athena",
        Type="ATHENA",
        DataSourceParameters={"AthenaParameters": {"WorkGroup": "covid"}},
    )["Arn"]
    table = {
        "DataSourceArn": source,
        "Schema": "covid",
        "Name": "measures",
        "InputColumns": [{"Name": "iso_code", "Type": "STRING"}],
    }
    data_set = client.create_data_set(
        **WHERE,
        DataSetId="measures",
        Name="Measures",
        ImportMode="SPICE",
        PhysicalTableMap={"m": {"RelationalTable": table}},
    )["Arn"]
    client.create_dashboard(
        **WHERE,
        DashboardId="covid",
        Name="COVID-19",
        Definition={
            "DataSetIdentifierDeclarations": [{"Identifier": "measures", "DataSetArn": data_set}],
            "Sheets": [{"SheetId": "cases", "Name": "Cases"}],
        },
        Permissions=[{"Principal": f"{PLACE}:user/default/d", "Actions": SEES}],
    )
    return client


@pytest.fixture
def user(client: Any) -> str:
    answer = client.register_user(
        **WHERE,
        Namespace="default",
        IdentityType="QUICKSIGHT",
        Email="d@example.com",
        UserRole="READER",
        UserName="d",
    )
    return str(answer["User"]["Arn"])


def embed(client: Any, user: str, **more: Any) -> str:
    words = {**WHERE, "ExperienceConfiguration": DASHBOARD, "AllowedDomains": DOMAINS, **more}
    return str(client.generate_embed_url_for_registered_user(**words, UserArn=user)["EmbedUrl"])


def open_frame(account: Account, address: str) -> httpx.Response:
    """The address is AWS's; the account behind it is here."""
    path = address.removeprefix(f"https://{REGION}.quicksight.aws.amazon.com")
    assert path != address
    return httpx.get(f"{account.url}{path}")


def test_people_see_what_is_shared_with_them(client: Any, user: str) -> None:
    def seen_by(who: str) -> list[str]:
        wanted = {"Operator": "StringEquals", "Name": "QUICKSIGHT_VIEWER_OR_OWNER", "Value": who}
        found = client.search_dashboards(**WHERE, Filters=[wanted])["DashboardSummaryList"]
        return [one["DashboardId"] for one in found]

    assert seen_by(user) == ["covid"]
    assert seen_by(f"{user}2") == []
    assert [one["Name"] for one in client.list_dashboards(**WHERE)["DashboardSummaryList"]] == ["COVID-19"]
    permissions = client.describe_dashboard_permissions(**WHERE, DashboardId="covid")["Permissions"]
    assert permissions == [{"Principal": user, "Actions": SEES}]
    described = client.describe_dashboard(**WHERE, DashboardId="covid")["Dashboard"]
    assert described["Version"]["DataSetArns"] == [f"{PLACE}:dataset/measures"]


def test_a_federated_person_is_named_after_role_and_session(client: Any) -> None:
    role = f"arn:aws:iam::{OWNER}:role/readers"
    words = {"Namespace": "default", "IdentityType": "IAM", "UserRole": "READER", "Email": "a@example.com"}
    made = client.register_user(**WHERE, **words, IamArn=role, SessionName="ada")["User"]
    assert made["Arn"] == f"{PLACE}:user/default/readers/ada"
    assert client.describe_user(**WHERE, Namespace="default", UserName="readers/ada")["User"] == made
    with pytest.raises(client.exceptions.ResourceExistsException):
        client.register_user(**WHERE, **words, IamArn=role, SessionName="ada")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_user(**WHERE, Namespace="default", UserName="readers/bob")


def test_an_address_opens_once(account: Account, client: Any, user: str) -> None:
    address = embed(client, user)
    assert "/dashboards/covid?code=" in address
    first, second = open_frame(account, address), open_frame(account, address)
    assert '"trouble": ""' in first.text
    assert '"trouble": "Forbidden"' in second.text
    assert first.headers["Content-Security-Policy"] == f"frame-ancestors {DOMAINS[0]}"


def test_an_address_opens_within_five_minutes(account: Account, client: Any, user: str) -> None:
    early, late = embed(client, user), embed(client, user)
    account.advance(seconds=299)
    assert '"trouble": ""' in open_frame(account, early).text
    account.advance(seconds=2)
    assert '"trouble": "Forbidden"' in open_frame(account, late).text


def test_a_session_is_over_after_its_minutes(account: Account, client: Any, user: str) -> None:
    address = embed(client, user, SessionLifetimeInMinutes=15)
    open_frame(account, address)
    alive = f"{address.partition('/dashboards/')[0]}/alive"
    assert open_frame(account, alive).status_code == 200
    account.advance(minutes=15)
    assert open_frame(account, alive).status_code == 401


def test_what_is_not_shared_opens_and_shows_nothing(account: Account, client: Any) -> None:
    words = {"Namespace": "default", "IdentityType": "QUICKSIGHT", "UserRole": "READER", "Email": "o@example.com"}
    other = client.register_user(**WHERE, **words, UserName="other")["User"]["Arn"]
    assert '"trouble": "silent"' in open_frame(account, embed(client, other)).text


def test_who_is_no_user_and_what_is_no_dashboard_is_refused(client: Any, user: str) -> None:
    with pytest.raises(client.exceptions.QuickSightUserNotFoundException):
        embed(client, f"{user}2")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        embed(client, user, ExperienceConfiguration={"Dashboard": {"InitialDashboardId": "none"}})
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        embed(client, user, AllowedDomains=[f"https://{number}.example.org" for number in range(4)])


def test_anybody_gets_an_address_to_what_is_allowed_with_tags(account: Account, client: Any) -> None:
    words = {**WHERE, "Namespace": "default", "ExperienceConfiguration": DASHBOARD, "AllowedDomains": DOMAINS}
    tags = [{"Key": "continent", "Value": "Europe"}]
    make = client.generate_embed_url_for_anonymous_user

    answer = make(**words, AuthorizedResourceArns=[f"{PLACE}:dashboard/covid"], SessionTags=tags)

    assert answer["AnonymousUserArn"]
    assert '"tags": {"continent": "Europe"}' in open_frame(account, answer["EmbedUrl"]).text
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        make(**words, AuthorizedResourceArns=[f"{PLACE}:dashboard/other"])


def test_what_the_plan_lacks_is_refused(account: Account, client: Any, user: str) -> None:
    httpx.post(f"{account.url}/simulator/quicksight", json={"region": REGION, "has_capacity": False})
    words = {**WHERE, "Namespace": "default", "ExperienceConfiguration": DASHBOARD}
    with pytest.raises(client.exceptions.UnsupportedPricingPlanException):
        client.generate_embed_url_for_anonymous_user(**words, AuthorizedResourceArns=[f"{PLACE}:dashboard/covid"])
    httpx.post(f"{account.url}/simulator/quicksight", json={"region": REGION, "is_enterprise": False})
    with pytest.raises(client.exceptions.UnsupportedUserEditionException):
        embed(client, user)


def test_spice_is_refreshed_in_its_time(account: Account, client: Any) -> None:
    words = {**WHERE, "DataSetId": "measures"}
    assert client.create_ingestion(**words, IngestionId="one")["IngestionStatus"] == "INITIALIZED"
    with pytest.raises(client.exceptions.ResourceExistsException):
        client.create_ingestion(**words, IngestionId="one")
    seen = []
    for seconds in (0, 10, 60):
        account.advance(seconds=seconds)
        seen.append(client.describe_ingestion(**words, IngestionId="one")["Ingestion"]["IngestionStatus"])
    assert seen == ["INITIALIZED", "RUNNING", "COMPLETED"]
    client.create_ingestion(**words, IngestionId="two")
    assert [one["IngestionId"] for one in client.list_ingestions(**words)["Ingestions"]] == ["two", "one"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_ingestion(**words, IngestionId="three")
