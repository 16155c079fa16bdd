"""A Jupyter server as a page of its Lab talks to it: cookies, a kernel, and the channel to that kernel."""

import contextlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import websocket

ANSWER_LIMIT_S = 60
PAGE = "lab"
_XSRF = "_xsrf"


@dataclass(frozen=True)
class Lab:
    """One that `client` is let into; `path` is where it is served."""

    client: httpx.Client
    path: str = "/"

    def is_open(self) -> bool:
        """Will ask for the Lab's page, which also gives what forms and requests are sent with."""
        try:
            answer = self.client.get(f"{self.path}{PAGE}")
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK and answer.url.path.startswith(self.path)

    def start_kernel(self) -> None:
        """Will start a kernel and have it run a cell: only then can one work."""
        headers = {"X-XSRFToken": self.client.cookies.get(_XSRF, path=self.path) or ""}
        made = self.client.post(f"{self.path}api/kernels", json={}, headers=headers).raise_for_status()
        self._run_cell(str(made.json()["id"]))

    def _run_cell(self, kernel: str) -> None:
        asked = uuid.uuid4().hex
        base = str(self.client.base_url).rstrip("/")
        channel = websocket.create_connection(
            f"{base.replace('http', 'ws', 1)}{self.path}api/kernels/{kernel}/channels",
            cookie="; ".join(f"{one.name}={one.value}" for one in self.client.cookies.jar),
            origin=base,
            timeout=ANSWER_LIMIT_S,
        )
        with contextlib.closing(channel):
            channel.send(_request("1 + 1", asked))
            while not _is_reply(json.loads(channel.recv()), asked):
                pass


def _request(code: str, asked: str) -> str:
    """Gives what a page sends to have a cell run (Jupyter's messaging specification, 5.3)."""
    header = {"msg_id": asked, "msg_type": "execute_request", "username": "", "session": "bench", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    around = {"parent_header": {}, "metadata": {}, "channel": "shell", "buffers": []}
    return json.dumps({"header": {**header, "date": ""}, "content": content, **around})


def _is_reply(said: Mapping[str, Any], asked: str) -> bool:
    is_ours: bool = said["parent_header"].get("msg_id") == asked
    return is_ours and said["msg_type"] == "execute_reply"
