"""Two sides of cheap copies, kept running as a supervisor would."""

import subprocess
import sys
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.ground import waiting
from bench.traffic import copy_server, sockets
from releases.targets.onprem.config import Side

COLOURS = {Side.A: "blue", Side.B: "green"}


class Copies(AbstractContextManager["Copies"]):
    """`ports` says where each copy answers, per side; a killed one is started again by `mend`."""

    def __init__(self, folder: Path, ports: dict[Side, tuple[int, ...]], *, delay_s: float = 0.0) -> None:
        self.posts = folder / "posts"
        self._sides = ports
        self._ports = {port: COLOURS[side] for side, listed in ports.items() for port in listed}
        self._delay_s = delay_s
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.posts.touch()
        try:
            self.mend()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def mend(self) -> None:
        """Will start every copy that does not run, and return when all of them answer."""
        for port, colour in self._ports.items():
            known = self._running.get(port)
            if known is None or known.poll() is not None:
                command = [sys.executable, copy_server.__file__, str(port), colour, str(self._delay_s), str(self.posts)]
                self._running[port] = subprocess.Popen(command)
        waiting.until(lambda: all(map(sockets.listens, self._ports)), what="the copies answer")

    def ports_of(self, side: Side) -> tuple[int, ...]:
        """Will give the ports of one side's copies."""
        return self._sides[side]

    def kill(self, port: int) -> None:
        """Will kill a copy as the kernel does when memory is gone."""
        self._running[port].kill()
        self._running[port].wait()

    def posts_delivered(self) -> Counter[str]:
        """Will tell how often each POST reached a copy."""
        return Counter(self.posts.read_text().split())

    def _end(self) -> None:
        for process in self._running.values():
            process.kill()
        for process in self._running.values():
            process.wait()
