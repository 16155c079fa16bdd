"""A copy that costs next to nothing: says its colour, takes a little time, and writes down every POST that reaches it.

`python copy_server.py port colour seconds-to-answer file-of-posts`, with nothing but the standard library.
"""

import asyncio
import sys
from pathlib import Path
from typing import IO


class Answering(asyncio.Protocol):
    """One connection. Requests have no body, so each ends with its empty line."""

    def __init__(self, colour: str, delay_s: float, posts: IO[str]) -> None:
        self._colour = colour
        self._delay_s = delay_s
        self._posts = posts
        self._seen = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what asyncio gives for TCP
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while b"\r\n\r\n" in self._seen:
            head, _, self._seen = self._seen.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        if method == "POST":
            # Before the answer: this is what "delivered" means.
            self._posts.write(f"{path}\n")
            self._posts.flush()
        is_last = b"connection: close" in head.lower()
        if path == "/healthz" or not self._delay_s:
            self._say(is_last=is_last)
        else:
            asyncio.get_running_loop().call_later(self._delay_s, lambda: self._say(is_last=is_last))

    def _say(self, *, is_last: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        body = f"{self._colour}\n"
        connection = "close" if is_last else "keep-alive"
        self._transport.write(
            f"HTTP/1.1 200 OK\r\nX-Colour: {self._colour}\r\nConnection: {connection}\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        if is_last:
            self._transport.close()


async def serve(port: int, colour: str, delay_s: float, posts: Path) -> None:
    """Will answer until the process is ended."""
    with posts.open("a") as file:
        server = await asyncio.get_running_loop().create_server(
            lambda: Answering(colour, delay_s, file), "127.0.0.1", port, backlog=1024
        )
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), Path(sys.argv[4])))
