"""From a push to a decided gate, over the simulated account's CodePipeline, CodeBuild, EventBridge and SQS."""

import json

import pytest

from portal.accounts import actors
from portal.accounts.permissions import Role
from releases.models import Approval, GateDecision, PipelineLink, Release, Rollout
from releases.operations import advance, approvals
from releases.operations.pipelines import hearing, links, looking
from releases.pipelines import codepipeline, mailbox
from releases.rules.pipelines.gates import Decision
from releases.rules.policy import Policy
from releases.rules.states import State
from simulator.faults import Kind
from simulator.services import events
from tests import factories
from tests.account import REGION
from tests.contracts.codepipeline import NAME, CodePipelineRig
from tests.contracts.pipelines import GATE, GRACE

pytestmark = pytest.mark.django_db
IMAGES = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/insights"
EXPORTED = {"RELEASE_VERSION": "1.0.0", "IMAGE_DIGEST": f"sha256:{'b' * 64}"}


class Way:
    """The service, its pipeline in the account, and what the portal's worker does at each tick."""

    def __init__(self, account, folder):
        self.account = account
        self.rig = CodePipelineRig(account, folder)
        self.queue_url = self._listen()
        self.service = factories.service(slug=NAME)
        factories.environment(policy=Policy(opens_by_itself=True), service=self.service)
        linking = links.Linking(
            service=NAME,
            region=REGION,
            name=NAME,
            project=NAME,
            images=IMAGES,
            queue_url=self.queue_url,
            gates={"production": GATE},
        )
        links.link(linking, by=factories.actor(Role.OPERATOR), now=self.now())
        self.tick()
        account.world.journal.clear()

    def _listen(self):
        sqs = self.account.client("sqs")
        url = sqs.create_queue(QueueName="notices")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["aws.codepipeline", "aws.codebuild", "aws.ecr"]}
        self.account.client("events").put_rule(Name="pipeline", EventPattern=json.dumps(pattern))
        self.account.client("events").put_targets(Rule="pipeline", Targets=[{"Id": "1", "Arn": arn}])
        return url

    def now(self):
        return self.account.world.now()

    def tick(self):
        hearing.hear_queues(now=self.now())
        for link_id in looking.due(now=self.now()):
            looking.look(link_id, now=self.now())

    @property
    def rollout(self):
        return Rollout.objects.latest("id")

    def to_gate(self):
        commit = self.rig.push()
        self.tick()
        self.rig.finish_build(EXPORTED)
        self.tick()
        advance.settle(self.rollout.pk, clock=self.now)
        assert self.rollout.state == State.READY
        return commit

    def approve(self):
        person = actors.from_user(factories.user(Role.APPROVER))
        approvals.approve(rollout_id=self.rollout.pk, by=person, now=self.now(), comment="Looks good")

    def answers(self):
        return [one for one in self.account.calls("codepipeline:PutApprovalResult") if one.is_effective]


@pytest.fixture
def way(account, tmp_path):
    return Way(account, tmp_path / "source")


def check_no_trouble():
    assert list(PipelineLink.objects.values_list("trouble", flat=True)) == [""]


def test_a_push_becomes_a_release_and_an_approval_answers_its_gate(way):
    commit = way.to_gate()
    release = Release.objects.get()
    assert (release.version, release.commit) == ("1.0.0", commit)
    assert release.artifact == f"{IMAGES}@{EXPORTED['IMAGE_DIGEST']}"
    way.approve()
    way.tick()
    [call] = way.answers()
    assert call.parameters["result"]["status"] == "Approved"
    assert f"/rollouts/{way.rollout.pk}/" in call.parameters["result"]["summary"]
    assert GateDecision.objects.get().outcome == "done"
    way.account.advance(minutes=1)
    way.tick()
    assert release.builds.get().execution.standing == "succeeded"
    check_no_trouble()


@pytest.mark.parametrize("kind", ["lose", "double", "reorder"])
def test_whatever_becomes_of_the_notices(way, kind):
    events.disturb(kind, times=None)
    way.rig.push()
    way.rig.finish_build(EXPORTED)
    way.tick()
    way.account.advance(seconds=looking.RESTING_EVERY.total_seconds() + 60)
    way.tick()
    assert Release.objects.count() == Rollout.objects.count() == 1
    check_no_trouble()


def test_an_answer_that_is_lost_is_found(way):
    way.to_gate()
    way.approve()
    way.account.fault("codepipeline:PutApprovalResult", Kind.DROP_AFTER)
    way.tick()
    assert GateDecision.objects.get().settled_at is None
    way.account.advance(seconds=looking.AFTER_TROUBLE.total_seconds() + 1)
    way.tick()
    assert GateDecision.objects.get().outcome == "done"
    assert len(way.answers()) == 1
    assert Approval.objects.count() == 1
    check_no_trouble()


def test_an_answer_that_never_arrived_is_given_again(way):
    way.to_gate()
    way.approve()
    way.account.fault("codepipeline:PutApprovalResult", Kind.DROP_BEFORE)
    way.tick()
    way.account.advance(seconds=looking.AFTER_TROUBLE.total_seconds() + 1)
    way.tick()
    assert GateDecision.objects.get().outcome == "done"
    assert len(way.answers()) == 1


def test_ten_minutes_of_throttling_are_waited_for(way):
    way.rig.push()
    way.rig.finish_build(EXPORTED)
    fault = way.account.fault("codepipeline:*", times=None)
    fault.operation = "*"
    for _ in range(10):
        way.tick()
        way.account.advance(minutes=1)
    assert "asked too often" in PipelineLink.objects.get().trouble
    assert fault.hits < 100
    way.account.world.faults.clear()
    way.account.advance(minutes=1)
    way.tick()
    assert Release.objects.count() == 1
    check_no_trouble()


def test_a_rejection_in_the_console_rejects_here(way):
    factories.user(Role.APPROVER, username=GRACE)
    way.to_gate()
    way.rig.decide(Decision.REJECTED, "Too slow")
    way.account.advance(minutes=1)
    way.tick()
    advance.settle(way.rollout.pk, clock=way.now)
    assert way.rollout.state == State.REJECTED
    assert GateDecision.objects.get().decided_by == GRACE
    assert [one.parameters["result"]["summary"] for one in way.answers()] == ["Too slow"]


def test_a_gate_that_runs_out_of_time_is_nobodys_no(way):
    way.to_gate()
    way.account.advance(days=8)
    way.tick()
    assert GateDecision.objects.count() == 0
    assert Release.objects.get().builds.get().execution.standing == "failed"


def test_it_asks_for_no_more_than_it_says(way):
    way.to_gate()
    way.approve()
    way.tick()
    ours = codepipeline.ACTIONS | mailbox.ACTIONS
    theirs = {"codepipeline:StartPipelineExecution"}
    asked = {name.replace("MessageBatch", "Message") for name in way.account.world.journal.counts()}
    assert asked - theirs <= ours
