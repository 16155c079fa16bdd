"""One supervisord: started, asked, stopped. Nothing that it started outlives `stop`."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from portal import runtime_paths
from portal.configuration import BASE_DIR
from portal.sockets.supervisor import BAD_NAME, NOT_RUNNING, WITHOUT_WAITING, SupervisorApi, SupervisorError
from portal.stack import session
from portal.stack.terminal import say
from portal.stack.trouble import Trouble

STOP_LIMIT_S = 40.0
START_LIMIT_S = 15.0
ENDED = frozenset({"STOPPED", "EXITED", "FATAL", "UNKNOWN"})


class Supervision:
    """The supervisord of one state folder."""

    def __init__(self, state_dir: Path, environment: Mapping[str, str]) -> None:
        self._run = runtime_paths.run_folder(state_dir)
        self._socket = runtime_paths.supervisor_socket(state_dir)
        self._log = runtime_paths.log_folder(state_dir) / "supervisord.log"
        self._api = SupervisorApi(self._socket)
        self._environment = dict(environment)
        self._record = self._run / "session.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = threading.Event()

    def start(self) -> None:
        """Will start supervisord and wait until it answers.

        Raises Trouble when it doesn't.
        """
        self._socket.unlink(missing_ok=True)
        with (self._log.parent / "supervisord.out").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._run / "supervisord.conf")],
                cwd=BASE_DIR,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C reaches this process only; it then stops the others in their order.
                start_new_session=True,
            )
        session.record(self._process.pid, self._record)
        deadline = monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or monotonic() > deadline:
                raise Trouble(
                    "The process supervisor did not start, so nothing serves. "
                    f"Its log says why: {self._log.parent.name}/supervisord.log in the state folder."
                )
            self._pause.wait(0.05)

    def is_alive(self) -> bool:
        """Will tell whether the supervisord that was started still runs."""
        return self._process is not None and self._process.poll() is None

    def processes(self) -> list[dict[str, Any]]:
        """Will give what supervisord says of each process, or nothing while it does not answer."""
        try:
            return list(self._api.call("getAllProcessInfo"))
        except SupervisorError:
            return []

    def stop(self) -> None:
        """Will stop everything: the door first, so that nobody is let in to what is closing; then the rest at once."""
        if self.is_alive():
            self._stop_in_order()
        self.end_rest()

    def end_rest(self) -> int:
        """Will kill what is left of the recorded session, and give how many processes that were."""
        known = session.recorded(self._record)
        count = session.end(known, wait=self._pause.wait) if known else 0
        if self._process is not None:
            self._process.wait(timeout=10)
        self._record.unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)
        return count

    def end_earlier(self) -> None:
        """Will stop what an earlier start left running when it was killed."""
        known = session.recorded(self._record)
        if known is None or not session.members(known):
            return
        say("An earlier start was killed and left its processes running; they are stopped first.")
        if self._answers():
            self._stop_in_order()
        self.end_rest()

    def _answers(self) -> bool:
        try:
            self._api.call("getState")
        except SupervisorError:
            return False
        return True

    def _stop_in_order(self) -> None:
        try:
            for name in ("visitors", "haproxy"):
                self._api.call("stopProcess", name, WITHOUT_WAITING, settled=[BAD_NAME, NOT_RUNNING])
            self._api.call("stopAllProcesses", WITHOUT_WAITING)
            self._await_stopped()
            self._api.call("shutdown")
        except SupervisorError as error:
            say(f"{error}. What still runs is killed.")
            return
        deadline = monotonic() + 10
        known = session.recorded(self._record)
        while known and session.members(known) and monotonic() < deadline:
            if self._process is not None:
                self._process.poll()
            self._pause.wait(0.05)

    def _await_stopped(self) -> None:
        deadline = monotonic() + STOP_LIMIT_S
        while monotonic() < deadline:
            if all(info["statename"] in ENDED for info in self._api.call("getAllProcessInfo")):
                return
            self._pause.wait(0.1)


def environment(state_dir: Path) -> dict[str, str]:
    """Will give the environment of every process: this one's, with the state folder as a whole path."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_STATE_DIR": str(state_dir.resolve()),
        "PYTHONUNBUFFERED": "1",
    }
