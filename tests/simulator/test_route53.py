"""Record sets change as Route 53 changes them, and what it refuses is refused."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.services import route53
from tests.account import Account

NAME = "www.example.com."


@pytest.fixture
def zone(account: Account) -> str:
    made = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
    return str(made["HostedZone"]["Id"])


def record(identifier: str, weight: int, address: str = "", **more: Any) -> dict[str, Any]:
    values = [{"Value": address or {"blue": "192.0.2.1"}.get(identifier, "192.0.2.2")}]
    return {
        "Name": NAME,
        "Type": "A",
        "SetIdentifier": identifier,
        "Weight": weight,
        "TTL": 60,
        "ResourceRecords": values,
        **more,
    }


def simple(**more: Any) -> dict[str, Any]:
    return {"Name": NAME, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}], **more}


def change(account: Account, zone: str, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": one} for action, one in changes]}
    answer = account.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    return dict(answer["ChangeInfo"])


def listed(account: Account, zone: str) -> dict[str, int]:
    found = account.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {one["SetIdentifier"]: one["Weight"] for one in found if "SetIdentifier" in one}


def refused(account: Account, zone: str, *changes: tuple[str, dict[str, Any]]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        change(account, zone, *changes)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def asked(account: Account, zone: str, times: int) -> Counter[str]:
    client = account.client("route53")
    answers = [
        client.test_dns_answer(HostedZoneId=zone, RecordName=NAME, RecordType="A")["RecordData"] for _ in range(times)
    ]
    return Counter(one for data in answers for one in data)


def test_a_change_is_pending_until_it_is_insync(account: Account, zone: str) -> None:
    client = account.client("route53")

    made = change(account, zone, ("CREATE", record("blue", 100)), ("CREATE", record("green", 0)))
    account.advance(seconds=19)
    before = client.get_change(Id=made["Id"])["ChangeInfo"]["Status"]
    account.advance(seconds=2)

    assert made["Status"] == before == "PENDING"
    assert client.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    assert listed(account, zone) == {"blue": 100, "green": 0}


def test_a_change_that_never_was_is_not_found(account: Account) -> None:
    with pytest.raises(ClientError) as caught:
        account.client("route53").get_change(Id="C123")

    assert caught.value.response["Error"]["Code"] == "NoSuchChange"


def test_the_servers_answer_by_weight_once_it_is_insync(account: Account, zone: str) -> None:
    route53.let_changes_take(60)
    change(account, zone, ("CREATE", record("blue", 100)), ("CREATE", record("green", 0)))
    unborn = asked(account, zone, 1)
    account.advance(seconds=61)
    change(account, zone, ("UPSERT", record("blue", 75)), ("UPSERT", record("green", 25)))
    before = asked(account, zone, 20)
    account.advance(seconds=61)
    after = asked(account, zone, 100)

    assert unborn == Counter()
    assert before == Counter({"192.0.2.1": 20})
    assert 23 <= after["192.0.2.2"] <= 27


def test_all_weights_zero_are_all_equal_and_the_ill_are_left_out(account: Account, zone: str) -> None:
    client = account.client("route53")
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "green.example.com", "Port": 80}
    check = client.create_health_check(CallerReference="1", HealthCheckConfig=config)["HealthCheck"]["Id"]
    green = record("green", 0, HealthCheckId=check)
    change(account, zone, ("CREATE", record("blue", 0)), ("CREATE", green))
    account.advance(minutes=1)
    equal = asked(account, zone, 20)

    route53.set_health(check, is_healthy=False)
    seen = client.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]

    assert 8 <= equal["192.0.2.1"] <= 12
    assert {one["StatusReport"]["Status"][:7] for one in seen} == {"Failure"}
    assert asked(account, zone, 10) == Counter({"192.0.2.1": 10})


def test_a_weight_is_at_most_255(account: Account, zone: str) -> None:
    code, message = refused(account, zone, ("CREATE", record("blue", 256)))
    account.world.violations.clear()  # the request itself breaks the model, as it should

    assert code == "InvalidInput"
    assert "256" in message


@pytest.mark.parametrize(
    ("action", "wanted", "says"),
    [
        ("CREATE", record("blue", 1), "already exists"),
        ("DELETE", record("red", 1), "was not found"),
        ("DELETE", record("blue", 99), "do not match the current values"),
        ("CREATE", simple(), "different routing policy"),
        ("CREATE", {**simple(), "Name": "www.example.org."}, "not permitted in zone"),
        ("CREATE", {**simple(), "Type": "CNAME"}, "conflicts with other records"),
        ("DELETE", {**simple(), "Name": "example.com.", "Type": "NS"}, "at least one NS"),
    ],
)
def test_what_contradicts_the_zone_is_refused_whole(
    account: Account, zone: str, action: str, wanted: dict[str, Any], says: str
) -> None:
    change(account, zone, ("CREATE", record("blue", 100)), ("CREATE", record("green", 0)))

    code, message = refused(account, zone, ("UPSERT", record("green", 50)), (action, wanted))

    assert code == "InvalidChangeBatch"
    assert says in message
    assert listed(account, zone) == {"blue": 100, "green": 0}


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (simple(Weight=1), "Missing field 'SetIdentifier'"),
        (simple(SetIdentifier="blue"), "Expected exactly one of [Weight"),
        ({"Name": NAME, "Type": "A"}, "Expected exactly one of [AliasTarget"),
    ],
)
def test_what_cannot_be_read_is_refused(account: Account, zone: str, wanted: dict[str, Any], says: str) -> None:
    code, message = refused(account, zone, ("UPSERT", wanted))

    assert code == "InvalidInput"
    assert says in message


def test_one_identifier_under_two_names_is_two_record_sets(account: Account, zone: str) -> None:
    other = {**record("blue", 5), "Name": "api.example.com."}
    change(account, zone, ("CREATE", record("blue", 100)), ("CREATE", other))

    change(account, zone, ("DELETE", other))

    assert listed(account, zone) == {"blue": 100}


def test_an_alias_keeps_its_target_and_answers_with_an_address(account: Account, zone: str) -> None:
    target = {
        "HostedZoneId": "Z32O12XQLNTSW2",
        "DNSName": "lb.eu-west-1.elb.amazonaws.com",
        "EvaluateTargetHealth": True,
    }
    alias = {"Name": NAME, "Type": "A", "SetIdentifier": "blue", "Weight": 1, "AliasTarget": target}
    change(account, zone, ("CREATE", alias))
    account.advance(minutes=1)
    client = account.client("route53")

    found = client.list_resource_record_sets(HostedZoneId=zone, StartRecordName=NAME, MaxItems="1")

    assert found["ResourceRecordSets"][0]["AliasTarget"]["EvaluateTargetHealth"] is True
    assert "TTL" not in found["ResourceRecordSets"][0]
    assert len(asked(account, zone, 3)) == 1


def test_a_protected_record_set_refuses_changes(account: Account, zone: str) -> None:
    client = account.client("route53")
    change(account, zone, ("CREATE", record("blue", 100)))
    held = {"RecordName": NAME, "RecordType": "A"}

    client.create_resource_record_set_protections(HostedZoneId=zone, Protections=[{**held, "Comment": "Verdigris"}])
    code, message = refused(account, zone, ("UPSERT", record("blue", 50)))
    kept = client.list_resource_record_set_protections(HostedZoneId=zone)["ResourceRecordSetProtections"]
    with pytest.raises(ClientError) as twice:
        client.create_resource_record_set_protections(HostedZoneId=zone, Protections=[held])
    client.delete_resource_record_set_protections(HostedZoneId=zone, Protections=[held])
    with pytest.raises(ClientError) as gone:
        client.delete_resource_record_set_protections(HostedZoneId=zone, Protections=[held])

    assert (code, "protected" in message) == ("InvalidChangeBatch", True)
    assert kept == [{**held, "Comment": "Verdigris"}]
    assert twice.value.response["Error"]["Code"] == "ProtectionAlreadyExists"
    assert gone.value.response["Error"]["Code"] == "InvalidResourceRecordSetProtectionBatch"
    assert change(account, zone, ("UPSERT", record("blue", 50)))["Status"] == "PENDING"


def test_tags_tell_what_a_zone_is_for(account: Account, zone: str) -> None:
    client = account.client("route53")
    short = zone.rsplit("/", 1)[-1]

    client.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=short, AddTags=[{"Key": "verdigris", "Value": "production"}]
    )

    tags = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=short)["ResourceTagSet"]["Tags"]
    assert tags == [{"Key": "verdigris", "Value": "production"}]


def test_more_than_the_rate_is_throttled_until_the_bucket_fills(account: Account, zone: str) -> None:
    route53.limit_rate()
    account.world.clock.run_at(0)
    client = account.client("route53", may_repeat=False)

    def list_some(times: int) -> int:
        codes = []
        for _ in range(times):
            try:
                client.list_resource_record_sets(HostedZoneId=zone)
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
        assert set(codes) <= {"Throttling"}
        return times - len(codes)

    first = list_some(55)
    account.advance(seconds=1)

    assert first == 50
    assert list_some(15) == 10
