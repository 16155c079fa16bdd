"""Somebody's JupyterLab as a browser has it: tickets, forms, and a kernel's channel."""

import contextlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import websocket

from tests.journeys.people import Person
from tests.portal.stack.running import Stack, await_true

PAGE = "/notebooks/"
TICKET, XSRF = "verdigris_notebook", "_xsrf"


@dataclass
class Lab:
    """A server that is open for one person."""

    person: Person
    slot: int

    @property
    def path(self) -> str:
        return f"/jupyter/{self.slot}/"

    def cookie(self, name: str) -> str:
        return next(one.value or "" for one in self.person.client.cookies.jar if one.name == name)

    def get(self, path: str) -> httpx.Response:
        return self.person.client.get(f"{self.path}{path}")

    def send(self, method: str, path: str, content: Any = None) -> httpx.Response:
        headers = {"X-XSRFToken": self.cookie(XSRF)}
        return self.person.client.request(method, f"{self.path}{path}", json=content, headers=headers)

    def save(self, name: str, text: str) -> None:
        content = {"type": "file", "format": "text", "content": text}
        assert self.send("PUT", f"api/contents/work/{name}", content).status_code in {200, 201}

    def kernel(self) -> str:
        return str(self.send("POST", "api/kernels", {}).raise_for_status().json()["id"])

    def channel(self, kernel: str, **how: Any) -> websocket.WebSocket:
        base = str(self.person.client.base_url)
        known = {"cookie": f"{TICKET}={self.cookie(TICKET)}", "origin": base, "timeout": 60, **how}
        return websocket.create_connection(
            f"{base.replace('http', 'ws')}{self.path}api/kernels/{kernel}/channels", **known
        )

    def run(self, kernel: str, code: str) -> str:
        """Gives what the code printed, or the name of its error."""
        asked, told, ended = uuid.uuid4().hex, "", ""
        is_idle = False
        with contextlib.closing(self.channel(kernel)) as channel:
            channel.send(request(code, asked))
            # What it printed and how it ended come by two ways, in no order.
            while not (ended and is_idle):
                said = json.loads(channel.recv())
                if said["parent_header"].get("msg_id") != asked:
                    continue
                content = said["content"]
                told += content["text"] if said["msg_type"] == "stream" and content["name"] == "stdout" else ""
                is_idle |= content.get("execution_state") == "idle"
                ended = content.get("ename", "ok") if said["msg_type"] == "execute_reply" else ended
        return told.strip() if ended == "ok" else ended


def request(code: str, asked: str = "") -> str:
    """What a page sends to have a cell run."""
    header = {"msg_id": asked, "msg_type": "execute_request", "username": "", "session": "s", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    around = {"parent_header": {}, "metadata": {}, "channel": "shell", "buffers": []}
    return json.dumps({"header": {**header, "date": ""}, "content": content, **around})


def open_lab(person: Person) -> Lab:
    """Presses the button and follows it until the Lab is there."""
    answer = person.press("/notebooks/start/", seen_on=PAGE)
    here = answer.url
    assert here.path.startswith("/notebooks/enter/") or here.path.startswith("/jupyter/"), answer.text

    def has_come() -> bool:
        nonlocal answer
        answer = person.client.get(str(here), follow_redirects=True)
        return answer.url.path.startswith("/jupyter/")

    await_true(has_come, limit_s=90, what="the Lab has come")
    assert answer.status_code == 200
    return Lab(person, int(answer.url.path.split("/")[2]))


def running_slots(stack: Stack) -> list[str]:
    """The notebook servers that run."""
    return [
        info["name"]
        for info in stack.supervisor.call("getAllProcessInfo")
        if info["name"].startswith("notebook-") and info["statename"] == "RUNNING"
    ]
