"""`python -m portal.stack`: prepare, start, wait, print, watch, stop. `make run` calls it."""

import os
import re
import signal
import sys
import threading
from types import FrameType

from portal import configuration as settings
from portal import runtime_paths
from portal.configuration import Configuration
from portal.stack import lock, preparation, readiness
from portal.stack.plan import binaries, files, ports, programs
from portal.stack.supervision import Supervision, environment
from portal.stack.terminal import complain, say
from portal.stack.trouble import Trouble

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A person or the system wants everything to end."""


def main() -> int:
    """Will run Verdigris until it is told to stop, and give the exit status."""
    configuration = settings.read()
    for number in SIGNALS:
        signal.signal(number, _stop)
    try:
        refuse_path(configuration)
        runtime_paths.make_folders(configuration.state_dir)
        with lock.hold(runtime_paths.run_folder(configuration.state_dir), address=address(configuration)):
            run(configuration)
    except Stopped:
        return 0
    except Trouble as trouble:
        complain(str(trouble))
        return 1
    except PermissionError as error:
        complain(f"The state folder can't be used: {error}. Nothing was started. Set PORTAL_STATE_DIR to one of yours.")
        return 1
    return 0


def run(configuration: Configuration) -> None:
    """Will start everything, watch it, and leave nothing behind however it ends.

    Raises Trouble, or Stopped.
    """
    planned = ports.plan(configuration)
    handed_down = environment(configuration.state_dir)
    supervision = Supervision(configuration.state_dir, handed_down)
    supervision.end_earlier()
    haproxy = binaries.find(binaries.HAPROXY)
    redis = binaries.find(binaries.REDIS) if planned.redis else None
    ports.refuse_taken(planned.named())
    preparation.ensure(configuration, handed_down)
    ports.refuse_taken(ports.read(runtime_paths.run_folder(configuration.state_dir) / "ports.json"))
    listed = programs.list_all(configuration, planned, haproxy=haproxy, redis=redis)
    files.write_all(configuration, planned, listed, redis=redis)
    say(f"Starting, with {haproxy}{f' and {redis}' if redis else ''} …")
    try:
        supervision.start()
        readiness.wait(configuration, processes=supervision.processes)
        if configuration.sample:
            # On AWS it takes minutes until green is up: people may look on.
            _introduce(configuration, planned)
            _make_releases(configuration, handed_down)
        else:
            _make_releases(configuration, handed_down)
            _introduce(configuration, planned)
        _watch(supervision)
    finally:
        _stop_everything(supervision)


def refuse_path(configuration: Configuration) -> None:
    """Will say nothing if HAProxy and supervisord can both write the state folder's path in their files.

    Raises Trouble naming the first character that they can't.
    """
    wrong = re.search(r"[^\w./@+~-]", str(configuration.state_dir.resolve()))
    if wrong:
        raise Trouble(
            f"The state folder's path has a {wrong[0]!r}, which HAProxy and the supervisor can't take. "
            "Nothing was started. Set PORTAL_STATE_DIR to a path of letters, digits and . _ - only."
        )


def address(configuration: Configuration, name: str = "localhost") -> str:
    """Will give the one address that people need."""
    local = {"127.0.0.1", "0.0.0.0", "::1", "::", "localhost"}  # noqa: S104 - compared, not bound
    host = name if configuration.host in local else configuration.host
    return f"http://{host}:{configuration.port}"


def _make_releases(configuration: Configuration, handed_down: dict[str, str]) -> None:
    try:
        preparation.make_releases(configuration, handed_down)
    except Trouble as trouble:
        complain(f"{trouble} The portal itself serves.")


def _introduce(configuration: Configuration, planned: ports.Ports) -> None:
    site = address(configuration, "insights.localhost")
    accounts = (runtime_paths.run_folder(configuration.state_dir) / "accounts.txt").read_text().rstrip()
    say(
        f"\nVerdigris is ready: {address(configuration)}\n\n"
        f"  the released site  {site} (port {planned.insights}; green's preview: port {planned.preview})\n"
        f"  numbers            http://127.0.0.1:{planned.metrics}/metrics\n"
        f"  logs               {_short(configuration)}/log\n\n"
        f"Sign in with:\n{accounts}\n\n"
        "Ctrl-C stops everything."
    )


def _short(configuration: Configuration) -> str:
    folder = configuration.state_dir
    return str(folder.relative_to(settings.BASE_DIR)) if folder.is_relative_to(settings.BASE_DIR) else str(folder)


def _watch(supervision: Supervision) -> None:
    """Waits; starts supervisord again should it be killed; ends when the terminal or `make` is gone."""
    parent = os.getppid()
    pause = threading.Event()
    while os.getppid() == parent:
        if not supervision.is_alive():
            say("The process supervisor was killed. What it ran is stopped, and everything is started again.")
            supervision.end_rest()
            supervision.start()
        pause.wait(0.5)
    complain("What started Verdigris is gone, so it stops.")


def _stop_everything(supervision: Supervision) -> None:
    for number in SIGNALS:
        signal.signal(number, _stop)
    say("\nStopping …")
    try:
        supervision.stop()
    except Stopped:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        supervision.end_rest()
    say("Everything is stopped; its state is kept.")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
