"""Functions run their real code, as their role, against this account."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.account import Account
from tests.simulator.lambdas import create_function


def invoke(account: Account, **words: Any) -> tuple[dict[str, Any], Any]:
    answer = account.client("lambda").invoke(FunctionName="hook", **words)
    return answer, json.loads(answer["Payload"].read() or b"null")


def test_the_code_runs_with_its_variables_and_its_role(account: Account) -> None:
    account.advance(days=1)
    create_function(
        account,
        "import boto3, os\n"
        "def handler(event, context):\n"
        "    print('hello', event['name'])\n"
        "    who = boto3.client('sts').get_caller_identity()['Arn']\n"
        "    return {'who': who, 'colour': os.environ['COLOUR'], 'arn': context.invoked_function_arn}\n",
        Environment={"Variables": {"COLOUR": "green"}},
        Timeout=20,
    )

    answer, value = invoke(account, Payload=json.dumps({"name": "you"}), LogType="Tail")

    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert value["who"].endswith(":assumed-role/hook-role/hook")
    assert value["colour"] == "green"
    assert value["arn"].endswith(":function:hook")
    assert "hello you" in base64.b64decode(answer["LogResult"]).decode()
    events = account.client("logs").filter_log_events(logGroupName="/aws/lambda/hook")["events"]
    assert "hello you" in [one["message"] for one in events]


def test_what_a_handler_raises_is_unhandled(account: Account) -> None:
    create_function(account, "def handler(event, context):\n    raise KeyError('gone')\n")

    answer, value = invoke(account)

    assert answer["FunctionError"] == "Unhandled"
    assert value["errorType"] == "KeyError"
    assert value["stackTrace"]


def test_a_function_is_ended_at_its_timeout(account: Account) -> None:
    code = "import threading\ndef handler(event, context):\n    threading.Event().wait()\n"
    create_function(account, code, Timeout=1)

    answer, value = invoke(account)

    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in value["errorMessage"]


def test_a_function_that_ends_its_process_is_an_exit_error(account: Account) -> None:
    create_function(account, "import os\ndef handler(event, context):\n    os._exit(3)\n")

    assert invoke(account)[1]["errorType"] == "Runtime.ExitError"


def test_an_asynchronous_call_runs_later(account: Account) -> None:
    create_function(
        account,
        "import boto3\ndef handler(event, context):\n    boto3.client('sqs').create_queue(QueueName='made')\n",
        Timeout=20,
    )

    answer, value = invoke(account, InvocationType="Event")
    account.world.settle()

    assert (answer["StatusCode"], value) == (202, None)
    assert account.client("sqs").list_queues()["QueueUrls"]


COUNTED = """
import os
calls = []
def handler(event, context):
    calls.append(event)
    print('call', len(calls))
    return len(calls) if event != 'end' else os._exit(3)
"""


def test_a_process_is_kept_for_the_next_call(account: Account) -> None:
    create_function(account, COUNTED)

    assert [invoke(account)[1] for _ in range(3)] == [1, 2, 3]
    streams = account.client("logs").describe_log_streams(logGroupName="/aws/lambda/hook")["logStreams"]
    assert len(streams) == 1
    tail = base64.b64decode(invoke(account, LogType="Tail")[0]["LogResult"]).decode()
    assert "call 4" in tail
    assert "call 3" not in tail


def test_nothing_is_kept_for_other_variables_or_for_long(account: Account) -> None:
    create_function(account, COUNTED)
    invoke(account)
    account.client("lambda").update_function_configuration(FunctionName="hook", Environment={"Variables": {"A": "b"}})
    assert invoke(account)[1] == 1
    account.advance(minutes=11)
    assert invoke(account)[1] == 1


def test_a_process_that_ended_is_not_called_again(account: Account) -> None:
    create_function(account, COUNTED)
    assert invoke(account)[1] == 1
    assert invoke(account, Payload=b'"end"')[1]["errorType"] == "Runtime.ExitError"
    assert invoke(account)[1] == 1


def test_a_function_that_is_not_there_is_not_found(account: Account) -> None:
    with pytest.raises(ClientError) as refused:
        invoke(account)

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
