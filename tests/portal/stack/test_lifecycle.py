"""How a stack ends, and what the next start makes of it."""

import json
import os
import signal
from pathlib import Path

import pytest

from portal import runtime_paths
from tests.portal.stack import running
from tests.portal.stack.running import await_true

pytestmark = [pytest.mark.onprem, pytest.mark.alone]
FIRST = 19450


def test_killed_taken_over_and_stopped(tmp_path: Path) -> None:
    """One story, since each chapter needs the state of the one before."""
    first = running.start(tmp_path, FIRST)
    try:
        first.read_until("Ctrl-C stops everything.", limit_s=240)
    finally:
        first.process.kill()
        first.process.communicate()
    assert running.left_behind(tmp_path), "what it ran serves on without it"

    second = running.start(tmp_path, FIRST)
    try:
        second.read_until("left its processes running; they are stopped first.", limit_s=20)
        second.read_until("Ctrl-C stops everything.", limit_s=240)
        assert "Preparing the database" not in second.output
        assert second.get("/version", port=FIRST + 1)[0] == 200

        recorded = json.loads((runtime_paths.run_folder(tmp_path) / "session.json").read_text())
        os.kill(recorded["number"], signal.SIGKILL)
        second.read_until("everything is started again.", limit_s=20)
        await_true(lambda: _is_ready(second), limit_s=120, what="ready after supervisord was killed")
    finally:
        status = second.stop()
    assert status == 0
    assert "Everything is stopped; its state is kept." in second.output
    assert running.left_behind(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_while_it_prepares(tmp_path: Path, number: signal.Signals) -> None:
    started = running.start(tmp_path, FIRST + 50)
    started.read_until("Preparing the database", limit_s=30)
    assert started.stop(number) == 0
    assert running.left_behind(tmp_path) == []


def _is_ready(stack: running.Stack) -> bool:
    try:
        return stack.readiness()[0] == 200
    except OSError:
        return False
