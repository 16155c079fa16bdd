"""Invoke, without Docker: the function's handler is called in a process that has its code.

The process sees this account by AWS_ENDPOINT_URL, with credentials of the function's role, as on AWS. Only Python runs.
"""

import base64
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.exceptions import ServiceException
from moto.logs.models import logs_backends
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from simulator.operations import AwsError, Context, operation
from simulator.services.awslambda import containers
from simulator.services.awslambda.containers import Container, EndedError, TimedOutError
from simulator.world import WORLD

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
    """One call of one version of a function."""

    function: Any
    region: str
    account: str
    event: Any
    request: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def version(self) -> str:
        """What a container is good for again: this very code with these very variables."""
        told = self.function
        return repr((told.function_arn, told.version, told.code_sha_256, told.handler, told.environment_vars))

    @property
    def timeout_s(self) -> int:
        return int(self.function.timeout or 3)


def invoke(name: str, payload: Any, context: Context, *, qualifier: str | None = None) -> Result:
    """Will run the function `name` (also an ARN) with the event `payload` and wait for it; never call it locked.

    Raises AwsError(ResourceNotFoundException) where there is no such function.
    """
    with WORLD.lock:
        run = _Run(_find(name, qualifier, context), context.region, context.account, payload)
        warm = containers.take(run.version)
        stream = warm.stream if warm else _stream(run)
        container = warm.container if warm else Container(run.function.code_bytes, _environment(run, stream))
    answer, printed = _execute(run, container, stream)
    with WORLD.lock:
        text = _log(run, printed, stream)
    is_error = "raised" in answer
    return Result(answer["raised"] if is_error else answer["returned"], is_error, text, str(run.function.version))


def _environment(run: _Run, stream: str) -> dict[str, str]:
    """The variables that Lambda sets (developer guide, "Defined runtime environment variables"), and its own."""
    own = {name: str(value) for name, value in (run.function.environment_vars or {}).items()}
    return {
        "PATH": os.environ.get("PATH", ""),
        "AWS_ENDPOINT_URL": WORLD.address,
        "AWS_EC2_METADATA_DISABLED": "true",
        **own,
        **_credentials(run),
        "AWS_REGION": run.region,
        "AWS_DEFAULT_REGION": run.region,
        "AWS_LAMBDA_FUNCTION_NAME": str(run.function.function_name),
        "AWS_LAMBDA_FUNCTION_VERSION": str(run.function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(run.function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": str(run.function.logs_group_name),
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "_HANDLER": str(run.function.handler),
        "_INVOKED_ARN": str(run.function.function_arn),
    }


def _credentials(run: _Run) -> dict[str, str]:
    # Lambda names the role's session after the function.
    role = sts_backends[run.account]["aws"].assume_role(
        region_name=run.region,
        role_session_name=run.function.function_name,
        role_arn=run.function.role,
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": str(role.access_key_id),
        "AWS_SECRET_ACCESS_KEY": str(role.secret_access_key),
        "AWS_SESSION_TOKEN": str(role.session_token),
    }


def _find(name: str, qualifier: str | None, context: Context) -> Any:
    try:
        return get_backend(context.account, context.region).get_function(name, qualifier)
    except (HTTPException, ServiceException) as error:
        short = name.rsplit(":function:", 1)[-1]
        arn = f"arn:aws:lambda:{context.region}:{context.account}:function:{short}"
        raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", Type="User") from error


def _execute(run: _Run, container: Container, stream: str) -> tuple[Mapping[str, Any], str]:
    """Will give the answer and what the function printed."""
    try:
        said = container.call(run.event, request=run.request, timeout_s=run.timeout_s)
    except TimedOutError:
        kind, message = "Sandbox.Timedout", f"Task timed out after {run.timeout_s:.2f} seconds"
    except EndedError as error:
        kind, message = "Runtime.ExitError", f"Runtime exited with error: exit status {error.status}"
    else:
        containers.keep(run.version, container, stream)
        return said.answer, said.printed
    printed = container.printed()
    container.close()
    return {"raised": {"errorType": kind, "errorMessage": f"RequestId: {run.request} Error: {message}"}}, printed


def _stream(run: _Run) -> str:
    """Will begin the log stream of a new container."""
    stream = f"{WORLD.now():%Y/%m/%d}/[{run.function.version}]{run.request.replace('-', '')}"
    logs = logs_backends[run.account][run.region]
    logs.ensure_log_group(run.function.logs_group_name)
    logs.create_log_stream(run.function.logs_group_name, stream)
    return stream


def _log(run: _Run, printed: str, stream: str) -> str:
    """Will write to CloudWatch Logs what Lambda would, and give it."""
    text = (
        f"START RequestId: {run.request} Version: {run.function.version}\n{printed}"
        f"{'' if printed.endswith(chr(10)) or not printed else chr(10)}END RequestId: {run.request}\n"
    )
    at = int(WORLD.now().timestamp() * 1000)
    lines = [{"timestamp": at, "message": line} for line in text.splitlines()]
    # Past moto's own check, which compares with the machine's clock and drops what the account's future holds.
    groups = logs_backends[run.account][run.region].groups
    groups[run.function.logs_group_name].streams[stream].put_log_events(lines)
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
