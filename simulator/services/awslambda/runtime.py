"""What Lambda's runtime is to a function; run by path, in the function's folder, never imported.

`python -I runtime.py <file for the answer>`, with the event on stdin. The answer is {"returned": …} or {"raised": …}.
"""

import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path


class LambdaContext:
    """What a handler is given beside its event (Lambda developer guide, "Using the Lambda context object")."""

    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
    log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
    invoked_function_arn = os.environ.pop("_INVOKED_ARN")
    aws_request_id = os.environ.pop("_REQUEST_ID")
    identity = None
    client_context = None
    _ends_at = time.monotonic() + float(os.environ.pop("_TIMEOUT_S"))

    def get_remaining_time_in_millis(self) -> int:
        """Will say how long the function may still run."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def main() -> None:
    """Will call the handler once."""
    try:
        module, _, name = os.environ["_HANDLER"].rpartition(".")
        sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        answer = json.dumps({"returned": handler(json.load(sys.stdin), LambdaContext())})
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
        traceback.print_exc()
        raised = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": LambdaContext.aws_request_id,
            "stackTrace": traceback.format_tb(error.__traceback__)[1:],
        }
        answer = json.dumps({"raised": raised})
    Path(sys.argv[1]).write_text(answer)


main()
