"""Notices over SQS, and the confirmation of an SNS topic that sends them over HTTPS."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.aws import Clients
from releases.pipelines.base import Notice, PipelineError
from releases.pipelines.calls import told

ACTIONS = frozenset({"sqs:ReceiveMessage", "sqs:DeleteMessage", "sns:ConfirmSubscription"})
AT_ONCE = 10  # the most that SQS gives
# Shorter than the client's own patience: a long poll that is given up loses what it was about to bring, for a while.
WAIT_S = 1


@dataclass(frozen=True)
class SqsMailbox:
    """The queue at `queue_url`, empty where there is none."""

    queue_url: str
    clients: Clients = field(repr=False)

    def receive(self) -> Sequence[Notice]:
        """Will give the next notices, waiting a second at most for the first."""
        if not self.queue_url:
            return ()
        with told(f"SQS for the notices of {_name(self.queue_url)}"):
            answer = self.clients("sqs").receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=AT_ONCE,
                WaitTimeSeconds=WAIT_S,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return [
            Notice(
                id=one["MessageId"],
                handle=one["ReceiptHandle"],
                body=one["Body"],
                times=int(one.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for one in answer.get("Messages", [])
        ]

    def delete(self, notices: Sequence[Notice]) -> None:
        """Will take the notices out of the queue. Raises PipelineError where one stayed: it comes again."""
        for first in range(0, len(notices), AT_ONCE):
            chunk = notices[first : first + AT_ONCE]
            entries = [{"Id": str(place), "ReceiptHandle": one.handle} for place, one in enumerate(chunk)]
            with told(f"SQS to delete {len(chunk)} notices of {_name(self.queue_url)}"):
                answer = self.clients("sqs").delete_message_batch(QueueUrl=self.queue_url, Entries=entries)
            failed = answer.get("Failed", [])
            if failed:
                sentence = f"{len(failed)} notices of {_name(self.queue_url)} were not deleted and come again"
                raise PipelineError(str(failed[0].get("Code", "NotDeleted")), sentence, permanent=False)

    def confirm(self, topic: str, token: str) -> None:
        """Will confirm the subscription by the API, so that no address out of a message is ever opened.

        Only whoever owns the topic or the subscription can end it then (API reference, ConfirmSubscription).
        """
        with told(f"SNS to confirm the subscription to {topic}"):
            self.clients("sns").confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")


def _name(queue_url: str) -> str:
    return queue_url.rpartition("/")[2]
