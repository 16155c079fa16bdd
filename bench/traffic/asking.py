"""The program that load.Load starts: asks by its lanes until its input ends, and then writes every visit down.

Only the standard library, so that it starts at once and takes little of the processor from what is measured.
"""

import asyncio
import json
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

LIMIT_S = 20.0
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Record = tuple[int, float, float, int, str, bool]


class ClosedWhileIdleError(ConnectionError):
    """The other end closed a kept connection before it said anything to this request."""


@dataclass
class Visitor:
    """One connection's worth of requests."""

    lane: int
    number: int
    asked: dict[str, Any]
    records: list[Record]
    streams: Streams | None = None
    mark: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.mark = re.compile(self.asked["mark"].encode())

    async def go(self, began: float, stop: asyncio.Event) -> None:
        gap_s = self.asked["connections"] / self.asked["per_second"]
        due = began + gap_s * self.number / self.asked["connections"]
        count = 0
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(0.0, due - monotonic()))
                break
            count += 1
            await self._visit(f"{self.lane}-{self.number}-{count}")
            # Who was kept waiting does not ask faster afterwards.
            due = max(due + gap_s, monotonic())
        self._hang_up()

    async def _visit(self, word: str) -> None:
        sent, was_retried = monotonic(), False
        try:
            try:
                status, by = await asyncio.wait_for(self._ask(word), LIMIT_S)
            except ClosedWhileIdleError:
                self._hang_up()
                if self.asked["method"] != "GET":
                    raise
                was_retried = True
                status, by = await asyncio.wait_for(self._ask(word), LIMIT_S)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            status, by = 0, type(error).__name__
            self._hang_up()
        self.records.append((self.lane, sent, monotonic(), status, by, was_retried))
        if not self.asked["is_kept"]:
            self._hang_up()

    async def _ask(self, word: str) -> tuple[int, str]:
        is_reused = self.streams is not None
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.asked["port"])
        reader, writer = self.streams
        try:
            writer.write(self._request(word))
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            was_silent = not getattr(error, "partial", b"")
            if is_reused and was_silent:
                raise ClosedWhileIdleError from error
            raise
        body = await _body(reader, head)
        if re.search(rb"(?i)\r\nconnection: *close", head):
            self._hang_up()
        found = self.mark.search(head + body)
        return int(head.split(None, 2)[1]), found[1].decode() if found else ""

    def _request(self, word: str) -> bytes:
        lines = [
            f"{self.asked['method']} {self.asked['path'].replace('{id}', word)} HTTP/1.1",
            "Host: localhost",
            f"Cookie: vid=00000000-0000-4000-8000-{self.lane:04d}{self.number:08d}",
            f"Accept-Encoding: {self.asked['accepts']}",
            f"Connection: {'keep-alive' if self.asked['is_kept'] else 'close'}",
        ]
        if self.asked["method"] == "POST":
            lines.append("Content-Length: 0")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _hang_up(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length:
        return await reader.readexactly(int(length[1]))
    if not re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
        return await reader.read()
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readuntil(b"\r\n")
    return b"".join(parts)


async def ask(lanes: list[dict[str, Any]]) -> list[Record]:
    """Will send the lanes' requests until the input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, stop.set)
    records: list[Record] = []
    began = monotonic()
    visitors = [
        Visitor(lane, number, asked, records)
        for lane, asked in enumerate(lanes)
        for number in range(asked["connections"])
    ]
    print("asking", flush=True)
    await asyncio.gather(*(visitor.go(began, stop) for visitor in visitors))
    return records


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(asyncio.run(ask(json.loads(sys.argv[2])))))
