"""The account's address: each request meets the faults, then a handler of ours, and else moto."""

import io
import logging
import socket
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from simulator import callers, contract, control, services
from simulator.faults import Fault, Kind
from simulator.journal import Call
from simulator.operations import OPERATIONS, AwsError, Context, Operation, page_at
from simulator.services.iam.enforcement import refusal
from simulator.world import WORLD

log = logging.getLogger(__name__)
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]


class DriftError(AssertionError):
    """A handler of ours answered what botocore's model does not allow."""


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP; `code` is the AWS error's, "" for none."""

    status: int
    headers: Headers
    body: bytes
    code: str = ""


@dataclass
class Application:
    """The WSGI application."""

    moto: DomainDispatcherApplication = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))
    # What was last answered to the very same question, for stale reads.
    earlier: dict[tuple[str, str, bytes], Answer] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(control.PREFIX):
            return control.answer(environ, start_response)
        WORLD.catch_up()
        if page := page_at(environ["PATH_INFO"]):
            return page(environ, start_response)
        answer = self._answer(environ)
        if answer is None:
            _hang_up(environ)
            raise ConnectionAbortedError("the answer was lost, as a fault wanted it")
        start_response(f"{answer.status} {'OK' if answer.status < 300 else 'Error'}", answer.headers)
        return [answer.body]

    def _answer(self, environ: dict[str, Any]) -> Answer | None:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        signature = callers.read(environ)
        if signature is None:
            return self._of_moto(environ, body)
        asked = _Asked.read(environ, body, signature)
        fault = WORLD.faults.strike(asked.service, asked.name, asked.context.caller)
        if fault is None:
            return self._done(asked)
        return self._struck(asked, fault)

    def _struck(self, asked: "_Asked", fault: Fault) -> Answer | None:
        match fault.kind:
            case Kind.ERROR:
                answer = asked.serialized(AwsError(fault.code, fault.message), status=fault.status)
                asked.write_down(answer, is_effective=False)
                return answer
            case Kind.DROP_BEFORE | Kind.HOLD_BEFORE:
                asked.write_down(Answer(0, [], b"", fault.kind), is_effective=False)
                _hold(fault)
                return None
            case Kind.DROP_AFTER | Kind.HOLD_AFTER:
                self._done(asked)
                _hold(fault)
                return None
            case Kind.STALE:
                was = self.earlier.get((asked.service, asked.name, asked.body))
                return was or self._done(asked)

    def _done(self, asked: "_Asked") -> Answer:
        denied = refusal(asked.service, asked.name, asked.parameters, asked.context)
        if denied is not None:
            answer = asked.serialized(denied, status=403)
            asked.write_down(answer, is_effective=False)
            return answer
        known = OPERATIONS.known.get((asked.service, asked.name))
        answer = asked.handled(known) if known else self._of_moto(asked.environ, asked.body)
        asked.write_down(answer)
        self.earlier[asked.service, asked.name, asked.body] = answer
        return answer

    def _of_moto(self, environ: dict[str, Any], body: bytes) -> Answer:
        got: dict[str, Any] = {}

        def start(status: str, headers: Headers, *_: Any) -> None:
            got.update(status=int(status.split(maxsplit=1)[0]), headers=headers)

        environ["wsgi.input"] = io.BytesIO(body)
        with WORLD.lock:
            content = b"".join(self.moto(environ, start))
        code = "" if got["status"] < 400 else dict(got["headers"]).get("x-amzn-errortype", str(got["status"]))
        return Answer(got["status"], got["headers"], content, code)


@dataclass
class _Asked:
    """One signed request, as far as the models understand it."""

    service: str
    name: str
    body: bytes
    environ: dict[str, Any]
    context: Context
    uri: Any = None
    parameters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, environ: dict[str, Any], body: bytes, signature: callers.Signature) -> "_Asked":
        context = Context(signature.account, signature.region, signature.caller)
        asked = cls(signature.service, "?", body, environ, context)
        with suppress(Exception):  # what no model knows goes to moto, which says so in its own words
            operation, asked.uri = get_service_router(asked.service).match(asked._request())
            asked.name = operation.name
            asked.parameters = asked._parsed()
        return asked

    def _request(self) -> Request:
        return Request({**self.environ, "wsgi.input": io.BytesIO(self.body)})

    def _model(self) -> Any:
        return get_service_model(self.service).operation_model(self.name)

    def _parsed(self) -> dict[str, Any]:
        request = self._request()
        model = self._model()
        parser = PROTOCOL_PARSERS[determine_request_protocol(get_service_model(self.service), request.content_type)]
        asked: Any = {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": self.body,
            "url_path": request.path,
            "url_params": self.uri,
        }
        return dict(parser(model).parse(asked) or {})

    def handled(self, operation: Operation) -> Answer:
        """Will let the handler answer, and hold question and answer to the model."""
        where = f"{self.service}.{self.name}"
        model = self._model()
        WORLD.violations += contract.violations(model.input_shape, self.parameters, f"{where} request")
        try:
            if operation.is_locked:
                with WORLD.lock:
                    result = operation.handler(self.parameters, self.context) or {}
            else:
                result = operation.handler(self.parameters, self.context) or {}
        except ServiceException as error:
            _refuse_unknown_code(model, error, where)
            return self.serialized(error)
        drifted = contract.violations(model.output_shape, result, f"{where} answer")
        if drifted:
            WORLD.violations += drifted
            log.error("%s", "; ".join(drifted))
            raise DriftError("; ".join(drifted))
        return self.serialized(result)

    def serialized(self, result: Any, *, status: int | None = None) -> Answer:
        """Will write an answer, or an error, as the service's protocol has it."""
        request = self._request()
        protocol = determine_request_protocol(get_service_model(self.service), request.content_type)
        with warnings.catch_warnings():
            # Throttling and refusals belong to every service, though not every model lists them.
            warnings.simplefilter("ignore", UserWarning)
            written = get_serializer_class(self.service, protocol)(operation_model=self._model()).serialize(result)
        body = written["body"]
        raw = body.encode() if isinstance(body, str) else body or b""
        kept = [(name, str(one)) for name, one in dict(written["headers"]).items() if name.lower() != "content-length"]
        headers = [*kept, ("Content-Length", str(len(raw)))]
        code = str(result.code) if isinstance(result, ServiceException) else ""
        return Answer(status or self._status(result) or int(written["status_code"]), headers, raw, code)

    def _status(self, result: Any) -> int | None:
        """A few operations, such as Lambda's Invoke, answer with the status itself, which moto's serializers drop."""
        shape = self._model().output_shape
        members = shape.members.items() if shape and isinstance(result, Mapping) else ()
        named = (name for name, member in members if member.serialization.get("location") == "statusCode")
        return next((int(result[name]) for name in named if name in result), None)

    def write_down(self, answer: Answer, *, is_effective: bool = True) -> None:
        call = Call(
            at=WORLD.now(),
            service=self.service,
            operation=self.name,
            caller=self.context.caller,
            parameters=self.parameters,
            code=answer.code,
            is_effective=is_effective and not answer.code,
        )
        WORLD.journal.write(call)


def _refuse_unknown_code(model: Any, error: ServiceException, where: str) -> None:
    shapes = model.error_shapes
    known = {shape.name for shape in shapes} | {shape.metadata.get("error", {}).get("code") for shape in shapes}
    shared = {
        *("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "ThrottlingException", "Throttling"),
        *("ValidationException", "ValidationError"),
    }
    if shapes and error.code not in known | shared:
        WORLD.violations.append(f"{where} error: {error.code} is none of {sorted(filter(None, known))}")


def _hold(fault: Fault) -> None:
    # The caller's own timeout ends it: longer than that, nobody listens.
    if fault.hold_s:
        threading.Event().wait(fault.hold_s)


class _QuietHandler(MotoRequestHandler):
    """The journal says who asked what; a line for each request says less."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Will write nothing."""


def _hang_up(environ: dict[str, Any]) -> None:
    """Will close the connection without an answer."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


class Simulator:
    """The account at an address of this machine, in this process: `with Simulator() as account: account.url`."""

    def __init__(self, *, port: int = 0) -> None:
        services.load_all()
        self._server = make_server("127.0.0.1", port, Application(), threaded=True, request_handler=_QuietHandler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.world = WORLD
        WORLD.address = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Simulator":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Will answer until the process is told to end; the schedule also runs while nobody asks."""
        ticker = threading.Thread(target=_tick, daemon=True)
        ticker.start()
        self._server.serve_forever()


def _tick() -> None:
    pause = threading.Event()
    while not pause.wait(0.2):
        try:
            WORLD.catch_up()
        except Exception:
            log.exception("what was due could not be done")
