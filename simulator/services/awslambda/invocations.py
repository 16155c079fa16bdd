"""Invoke, without a container: the function's zip is unpacked and its handler called in a process of its own.

The process sees this account by AWS_ENDPOINT_URL, with credentials of the function's role, as on AWS. Only Python runs.
"""

import base64
import io
import json
import os
import subprocess
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.exceptions import ServiceException
from moto.logs.models import logs_backends
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from simulator.operations import AwsError, Context, operation
from simulator.world import WORLD

RUNTIME = Path(__file__).with_name("runtime.py")
# Invoke answers with the last 4 KB of the log (Lambda API reference, Invoke, LogType).
TAIL_BYTES = 4096


@dataclass(frozen=True)
class Result:
    """What came of a call: `value` is what the handler returned, or AWS's description of what it raised."""

    value: Any
    is_error: bool
    logs: str
    version: str


@dataclass(frozen=True)
class _Run:
    """One call of one version of a function, with all that its process needs."""

    function: Any
    region: str
    event: Any
    credentials: Mapping[str, str]
    request: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def stream(self) -> str:
        return f"{WORLD.now():%Y/%m/%d}/[{self.function.version}]{self.request.replace('-', '')}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that Lambda sets (developer guide, "Defined runtime environment variables"), and its own."""
        own = {name: str(value) for name, value in (self.function.environment_vars or {}).items()}
        return {
            "PATH": os.environ.get("PATH", ""),
            "AWS_ENDPOINT_URL": WORLD.address,
            "AWS_EC2_METADATA_DISABLED": "true",
            **own,
            **self.credentials,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_LAMBDA_FUNCTION_NAME": str(self.function.function_name),
            "AWS_LAMBDA_FUNCTION_VERSION": str(self.function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": str(self.function.logs_group_name),
            "AWS_LAMBDA_LOG_STREAM_NAME": self.stream,
            "_HANDLER": str(self.function.handler),
            "_INVOKED_ARN": str(self.function.function_arn),
            "_REQUEST_ID": self.request,
            "_TIMEOUT_S": str(self.timeout_s),
        }

    @property
    def timeout_s(self) -> int:
        return int(self.function.timeout or 3)


def invoke(name: str, payload: Any, context: Context, *, qualifier: str | None = None) -> Result:
    """Will run the function `name` (also an ARN) with the event `payload` and wait for it; never call it locked.

    Raises AwsError(ResourceNotFoundException) where there is no such function.
    """
    with WORLD.lock:
        run = _prepare(name, qualifier, payload, context)
    answer, logs = _execute(run)
    with WORLD.lock:
        text = _log(run, logs, context)
    is_error = "raised" in answer
    return Result(answer["raised"] if is_error else answer["returned"], is_error, text, str(run.function.version))


def _prepare(name: str, qualifier: str | None, payload: Any, context: Context) -> _Run:
    function = _find(name, qualifier, context)
    # Lambda names the role's session after the function.
    role = sts_backends[context.account]["aws"].assume_role(
        region_name=context.region,
        role_session_name=function.function_name,
        role_arn=function.role,
        policy="",
        duration=3600,
        external_id="",
    )
    credentials = {
        "AWS_ACCESS_KEY_ID": str(role.access_key_id),
        "AWS_SECRET_ACCESS_KEY": str(role.secret_access_key),
        "AWS_SESSION_TOKEN": str(role.session_token),
    }
    return _Run(function, context.region, payload, credentials)


def _find(name: str, qualifier: str | None, context: Context) -> Any:
    try:
        return get_backend(context.account, context.region).get_function(name, qualifier)
    except (HTTPException, ServiceException) as error:
        short = name.rsplit(":function:", 1)[-1]
        arn = f"arn:aws:lambda:{context.region}:{context.account}:function:{short}"
        raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", Type="User") from error


def _execute(run: _Run) -> tuple[dict[str, Any], str]:
    """Will give the answer and what the function printed."""
    with tempfile.TemporaryDirectory(prefix="lambda-") as folder:
        task, written = Path(folder, "task"), Path(folder, "answer")
        zipfile.ZipFile(io.BytesIO(run.function.code_bytes)).extractall(task)
        try:
            ended = subprocess.run(
                [sys.executable, "-I", str(RUNTIME), str(written)],
                input=json.dumps(run.event),
                env={**run.environment, "LAMBDA_TASK_ROOT": str(task)},
                cwd=task,
                timeout=run.timeout_s,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            said = late.stdout or b""
            message = f"RequestId: {run.request} Error: Task timed out after {run.timeout_s:.2f} seconds"
            raised = {"errorType": "Sandbox.Timedout", "errorMessage": message}
            return {"raised": raised}, said.decode(errors="replace")
        if not written.exists():
            message = f"RequestId: {run.request} Error: Runtime exited with error: exit status {ended.returncode}"
            return {"raised": {"errorType": "Runtime.ExitError", "errorMessage": message}}, ended.stdout
        answer: dict[str, Any] = json.loads(written.read_text())
        return answer, ended.stdout


def _log(run: _Run, printed: str, context: Context) -> str:
    """Will write to CloudWatch Logs what Lambda would, and give it."""
    text = (
        f"START RequestId: {run.request} Version: {run.function.version}\n{printed}"
        f"{'' if printed.endswith(chr(10)) or not printed else chr(10)}END RequestId: {run.request}\n"
    )
    logs = logs_backends[context.account][context.region]
    logs.ensure_log_group(run.function.logs_group_name)
    logs.create_log_stream(run.function.logs_group_name, run.stream)
    at = int(WORLD.now().timestamp() * 1000)
    lines = [{"timestamp": at, "message": line} for line in text.splitlines()]
    # Past moto's own check, which compares with the machine's clock and drops what the account's future holds.
    logs.groups[run.function.logs_group_name].streams[run.stream].put_log_events(lines)
    return text


@operation("lambda", "Invoke", is_locked=False)
def _invoke(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    name, qualifier = parameters["FunctionName"], parameters.get("Qualifier")
    event = _event(parameters.get("Payload"))
    match parameters.get("InvocationType") or "RequestResponse":
        case "DryRun":
            with WORLD.lock:
                _find(name, qualifier, context)
            return {"StatusCode": 204}
        case "Event":
            with WORLD.lock:
                _find(name, qualifier, context)
            # On AWS an asynchronous call that fails is tried twice more; here it is tried once.
            WORLD.outside(lambda: _invoke_alone(name, event, context, qualifier))
            return {"StatusCode": 202}
    result = invoke(name, event, context, qualifier=qualifier)
    answer: dict[str, Any] = {
        "StatusCode": 200,
        "Payload": json.dumps(result.value).encode(),
        "ExecutedVersion": result.version,
    }
    if result.is_error:
        answer["FunctionError"] = "Unhandled"
    if parameters.get("LogType") == "Tail":
        answer["LogResult"] = base64.b64encode(result.logs.encode()[-TAIL_BYTES:]).decode()
    return answer


def _invoke_alone(name: str, event: Any, context: Context, qualifier: str | None) -> None:
    invoke(name, event, context, qualifier=qualifier)


def _event(payload: Any) -> Any:
    raw = payload.read() if hasattr(payload, "read") else payload or b"{}"
    try:
        return json.loads(raw or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message, Type="User") from error
