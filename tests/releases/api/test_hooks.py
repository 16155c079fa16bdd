"""What SNS sends: believed where SNS signed it a short while ago, for a topic that is ours; nothing else is."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from portal import clock
from releases.models import Heard, PipelineLink, SetAside
from releases.operations.pipelines import looking
from releases.pipelines import memory, registry
from releases.pipelines.base import PipelineError
from releases.pipelines.signatures import Certificates
from tests import factories
from tests.callers import check_answer
from tests.releases.pipelines import sns

ADDRESS = "/api/v1/hooks/notices/"
NOTICE = json.dumps(
    {
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "region": "eu-west-1",
        "detail": {"pipeline": "shop"},
    }
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def fetched(monkeypatch):
    """The certificates that were fetched; there is the one."""
    addresses = []

    def fetch(url):
        addresses.append(url)
        if url != sns.CERTIFICATE_URL:
            raise PipelineError("CertificateUnanswered", "SNS's certificate was answered with 403", permanent=False)
        return sns.certificate(clock.now())

    monkeypatch.setattr(registry, "CERTIFICATES", Certificates(fetch))
    return addresses


@pytest.fixture
def link(fetched):
    past = clock.now() - timedelta(minutes=1)
    row = PipelineLink.objects.create(
        service=factories.service(slug="shop"),
        kind="memory",
        region="eu-west-1",
        name="shop",
        topic_arn=sns.TOPIC,
        followed_since=past,
        looked_at=past,
    )
    yield row
    memory.forget_all()


def send(body, content_type="text/plain; charset=UTF-8"):
    given = body if isinstance(body, str) else json.dumps(body)
    response = Client().post(ADDRESS, data=given, content_type=content_type)
    check_answer("post", ADDRESS, response)
    return response


def is_due(link) -> bool:
    return link.pk in looking.due(now=clock.now())


def assert_refused(link, body, why):
    response = send(body)
    assert response.status_code == 403
    assert why in response.json()["detail"]
    assert not is_due(link)
    assert Heard.objects.count() == 0


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("content_type", ["text/plain; charset=UTF-8", "application/json"])
def test_a_signed_notice_makes_its_pipeline_due(link, version, content_type):
    answer = send(sns.envelope(NOTICE, at=clock.now(), SignatureVersion=version), content_type)
    assert answer.status_code == 200
    assert is_due(link)


def test_a_subject_is_signed_too(link):
    assert send(sns.envelope(NOTICE, at=clock.now(), Subject="Build")).status_code == 200
    body = sns.envelope(NOTICE, at=clock.now(), Subject="Build", MessageId="2")
    assert_refused_beside(link, {**body, "Subject": "Other"})


def assert_refused_beside(link, body):
    assert send(body).status_code == 403
    assert Heard.objects.count() == 1


def test_it_is_heard_once(link, fetched):
    body = sns.envelope(NOTICE, at=clock.now())
    send(body)
    looking.look(link.pk, now=clock.now())
    again = send(body)
    assert again.status_code == 200
    assert "before" in again.json()["sentence"]
    assert not is_due(link)
    assert fetched == [sns.CERTIFICATE_URL]


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp", "Signature"])
def test_one_changed_word_is_a_forgery(link, name):
    body = sns.envelope(NOTICE, at=clock.now())
    changed = {
        "Message": NOTICE.replace("shop", "shop2"),
        "MessageId": "another",
        "Timestamp": (clock.now() - timedelta(minutes=1)).isoformat(),
        "Signature": "AAAA",
    }
    assert_refused(link, {**body, name: changed[name]}, "SNS did not sign it")


def test_the_version_can_not_be_turned_back(link):
    body = sns.envelope(NOTICE, at=clock.now(), SignatureVersion="2")
    assert_refused(link, {**body, "SignatureVersion": "1"}, "SNS did not sign it")


def test_anothers_key_is_a_forgery(link):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    body = sns.envelope(NOTICE, at=clock.now())
    assert_refused(link, sns.signed({k: v for k, v in body.items() if k != "Signature"}, key=other), "did not sign")


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.example.org/SimpleNotificationService-0a.pem",
        "https://example.org/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.cn/SimpleNotificationService-0a.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/x/../SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/?x=SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem#x",
        "https://example.org\\@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/Simple\tNotificationService-0a.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "file:///etc/passwd",
        "//sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
    ],
)
def test_no_certificate_is_fetched_from_elsewhere(link, fetched, url):
    assert_refused(link, sns.envelope(NOTICE, at=clock.now(), SigningCertURL=url), "certificate is not at")
    assert fetched == []


@pytest.mark.parametrize(("minutes", "why"), [(-61, "more than 60 minutes ago"), (6, "more than 5 minutes from now")])
def test_old_and_future_ones_are_refused(link, fetched, minutes, why):
    assert_refused(link, sns.envelope(NOTICE, at=clock.now() + timedelta(minutes=minutes)), why)
    assert fetched == []


@pytest.mark.parametrize("topic", ["arn:aws:sns:eu-west-1:999999999999:notices", "", "no topic", f"{sns.TOPIC}2"])
def test_a_foreign_topic_is_refused(link, fetched, topic):
    assert_refused(link, sns.envelope(NOTICE, at=clock.now(), TopicArn=topic), "Nobody here listens")
    assert fetched == []


def test_without_any_pipeline_nothing_is_believed(fetched):
    assert send(sns.envelope(NOTICE, at=clock.now())).status_code == 403


@pytest.mark.parametrize("days", [-400, 400])
def test_a_certificate_out_of_its_time_is_refused(link, monkeypatch, days):
    made = sns.certificate(clock.now() + timedelta(days=days), days=1)
    monkeypatch.setattr(registry, "CERTIFICATES", Certificates(lambda _: made))
    assert_refused(link, sns.envelope(NOTICE, at=clock.now()), "not valid now")


def test_what_is_no_certificate_is_refused(link, monkeypatch):
    monkeypatch.setattr(registry, "CERTIFICATES", Certificates(lambda _: b"<html>"))
    assert_refused(link, sns.envelope(NOTICE, at=clock.now()), "no certificate")


def test_a_certificate_that_can_not_be_had_makes_sns_try_again(link):
    url = sns.CERTIFICATE_URL.replace("0a", "0b")
    answer = send(sns.envelope(NOTICE, at=clock.now(), SigningCertURL=url))
    assert answer.status_code == 503
    assert not is_due(link)


@pytest.mark.parametrize("body", ["[]", '"text"', "{}", '{"Type": "Notification"}', '{"Type": ["Notification"]}'])
def test_what_is_no_message_is_refused(link, body):
    assert send(body).status_code == 403


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp", "Signature", "SigningCertURL", "TopicArn"])
def test_every_part_is_needed(link, name):
    body = sns.envelope(NOTICE, at=clock.now())
    assert_refused(link, {key: value for key, value in body.items() if key != name}, "")
    assert_refused(link, {**body, name: 7}, "")


def test_what_is_no_json_is_no_fault_of_ours(link):
    assert send("{").status_code == 400


def test_a_subscription_is_confirmed_by_the_api(link):
    answer = send(sns.envelope("You have chosen to subscribe", at=clock.now(), kind="SubscriptionConfirmation"))
    assert answer.status_code == 200
    assert memory.mailbox("").confirmed == [(sns.TOPIC, "2336412f37")]


def test_a_foreign_subscription_is_not(link):
    topic = "arn:aws:sns:eu-west-1:999999999999:notices"
    body = sns.envelope("Subscribe", at=clock.now(), kind="SubscriptionConfirmation", TopicArn=topic)
    assert_refused(link, body, "Nobody here listens")
    assert memory.mailbox("").confirmed == []


def test_a_subscription_that_could_not_be_confirmed_comes_again(link):
    memory.mailbox("").trouble = "SNS does not answer"
    body = sns.envelope("Subscribe", at=clock.now(), kind="SubscriptionConfirmation")
    assert send(body).status_code == 503
    memory.mailbox("").trouble = ""
    assert send(body).status_code == 200
    assert memory.mailbox("").confirmed


def test_the_end_of_a_subscription_is_told(link):
    send(sns.envelope("Bye", at=clock.now(), kind="UnsubscribeConfirmation"))
    assert "ended the subscription" in SetAside.objects.get().sentence


def test_a_signed_riddle_is_set_aside_once(link):
    body = sns.envelope("What is this?", at=clock.now())
    assert send(body).status_code == 200
    assert send(body).status_code == 200
    assert SetAside.objects.get().sentence == "It is not JSON."


def test_what_was_heard_is_forgotten_when_it_is_no_longer_believed(link):
    Heard.objects.create(message_id="old", at=clock.now() - timedelta(hours=4))
    send(sns.envelope(NOTICE, at=clock.now()))
    assert list(Heard.objects.values_list("message_id", flat=True)) == [sns.envelope("", at=clock.now())["MessageId"]]


def test_a_body_that_is_too_long_is_refused(link):
    assert send(json.dumps({"Type": "x" * 1_100_000})).status_code == 413
