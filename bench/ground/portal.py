"""A whole Verdigris as `make run` starts it, in the state folder of this process, and people who use it over HTTP."""

import http.client
import re
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from django.conf import settings

from bench.ground import waiting
from bench.ground.trouble import Trouble
from portal import runtime_paths
from portal.configuration import BASE_DIR
from portal.sockets.supervisor import SupervisorApi

READY = "Ctrl-C stops everything."
START_LIMIT_S = 300.0
STOP_LIMIT_S = 90.0
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class Portal(AbstractContextManager["Portal"]):
    """Everything runs while the block lasts."""

    def __init__(self) -> None:
        self._output = Path(settings.STATE_DIR) / "stack.out"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def supervisor(self) -> SupervisorApi:
        return SupervisorApi(runtime_paths.supervisor_socket(settings.STATE_DIR))

    def __enter__(self) -> Self:
        self._output.parent.mkdir(parents=True, exist_ok=True)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "portal.stack"],
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C is for the benchmark, which then stops this in order.
                start_new_session=True,
            )
        try:
            waiting.until(self._is_ready, what="the portal is ready", limit_s=START_LIMIT_S, every_s=0.2)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def stop(self, name: str) -> None:
        """Will stop one of its processes, which the supervisor then leaves stopped."""
        self.supervisor.call("stopProcess", name)

    def _is_ready(self) -> bool:
        said = self._output.read_text()
        if self._process is None or self._process.poll() is not None:
            raise Trouble(f"The portal ended while it was started. It said:\n{said[-2_000:]}")
        return READY in said

    def _stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True)
class Click:
    """One form that was sent: when, and when its answer had come."""

    sent: float
    answered: float
    status: int

    @property
    def took_ms(self) -> float:
        return (self.answered - self.sent) * 1000


@dataclass
class Person:
    """Somebody with a browser: cookies, and the token of the form that was looked at last."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    @classmethod
    def sign_in(cls, username: str, *, port: int) -> "Person":
        """Will sign in through the form, with the password that the sample's account was made with.

        Raises Trouble.
        """
        person = cls(port)
        person.look("/accounts/sign-in/")
        password = (Path(settings.STATE_DIR) / "secrets" / f"account_{username}").read_text()
        click = person.send("/accounts/sign-in/", username=username, password=password)
        if click.status != http.client.FOUND:
            raise Trouble(f"{username} could not sign in: {click.status}")
        return person

    def look(self, path: str) -> bytes:
        """Will load a page and remember its form's token.

        Raises Trouble for anything but 200.
        """
        status, body = self._ask("GET", path)
        if status != http.client.OK:
            raise Trouble(f"{path} answered {status}")
        found = TOKEN.search(body)
        self.token = found[1].decode() if found else self.token
        return body

    def send(self, path: str, **fields: str) -> Click:
        """Will send a form as the page that was looked at last has it."""
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields})
        sent = monotonic()
        status, _ = self._ask("POST", path, body)
        return Click(sent, monotonic(), status)

    def press(self, rollout_id: int, verb: str) -> Click:
        """Will look at a rollout's page and press one of its buttons; the time starts with the press.

        Raises Trouble when the portal refuses.
        """
        self.look(f"/rollouts/{rollout_id}/")
        click = self.send(f"/rollouts/{rollout_id}/{verb}/")
        if click.status != http.client.FOUND:
            raise Trouble(f"{verb} was answered {click.status}")
        return click

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers={**headers, "Host": f"localhost:{self.port}"})
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
        return answer.status, read
