"""What Lambda's runtime is to a function; run by path, in the function's folder, never imported.

`python -I runtime.py <descriptor for answers>`, with one call on each line of stdin: {"event", "request", "timeout_s"}.
Each answer is a line, {"returned": …} or {"raised": …}.
"""

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any

INVOKED_ARN = os.environ.pop("_INVOKED_ARN")


class LambdaContext:
    """What a handler is given beside its event (Lambda developer guide, "Using the Lambda context object")."""

    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
    log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
    invoked_function_arn = INVOKED_ARN
    identity = None
    client_context = None

    def __init__(self, request: str, timeout_s: float) -> None:
        self.aws_request_id = request
        self._ends_at = time.monotonic() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Will say how long the function may still run."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def main() -> None:
    """Will answer one call after another until stdin ends."""
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    with os.fdopen(int(sys.argv[1]), "w") as answers:
        for line in sys.stdin:
            answer = call(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            answers.write(answer + "\n")
            answers.flush()


def call(given: dict[str, Any]) -> str:
    """Will call the handler, which is imported at the first call."""
    context = LambdaContext(given["request"], given["timeout_s"])
    try:
        module, _, name = os.environ["_HANDLER"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        return json.dumps({"returned": handler(given["event"], context)})
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
        traceback.print_exc()
        raised = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": context.aws_request_id,
            "stackTrace": traceback.format_tb(error.__traceback__)[1:],
        }
        return json.dumps({"raised": raised})


main()
