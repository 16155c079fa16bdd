"""Somebody's code tries to get at what is not theirs."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from notebooks import fence
from portal.configuration import BASE_DIR
from tests.portal.stack.running import await_true

REACH = """
import socket
kind, where = {kind}, {where!r}
with socket.socket(kind, socket.SOCK_STREAM) as out:
    out.settimeout(3)
    try:
        out.connect(where)
        print("reached", out.recv(5).decode())
    except OSError as error:
        print("refused", error.errno)
"""


def reach(fenced, where):
    kind = "socket.AF_INET" if isinstance(where, tuple) else "socket.AF_UNIX"
    return fenced.run(REACH.format(kind=kind, where=where))


@pytest.fixture
def listening():
    """Will listen wherever it is told, and greet who comes."""
    opened = []

    def listen(kind, where):
        server = socket.socket(kind, socket.SOCK_STREAM)
        server.bind(where)
        server.listen()
        if kind == socket.AF_UNIX and isinstance(where, str) and not where.startswith("\0"):
            Path(where).chmod(0o666)
        opened.append(server)
        Thread(target=_greet, args=(server,), daemon=True).start()
        return server.getsockname()

    yield listen
    for server in opened:
        server.close()


def _greet(server):
    while True:
        try:
            visitor, _ = server.accept()
        except OSError:
            return
        with visitor:
            visitor.sendall(b"hello")


def test_a_server_on_this_machines_loopback_is_out_of_reach(fenced, listening):
    address = listening(socket.AF_INET, ("127.0.0.1", 0))
    with socket.create_connection(address, timeout=3) as seen_from_here:
        assert seen_from_here.recv(5) == b"hello"
    assert reach(fenced, address).startswith("refused")


def test_no_other_network_is_there(fenced):
    assert fenced.run("import socket; print([name for _, name in socket.if_nameindex()])") == "['lo']"
    assert reach(fenced, ("192.0.2.1", 80)).startswith("refused")


def test_a_socket_of_the_machine_is_out_of_reach(fenced, listening, tmp_path):
    (tmp_path / "run").mkdir()
    listening(socket.AF_UNIX, str(tmp_path / "run" / "haproxy.sock"))
    listening(socket.AF_UNIX, "\0verdigris-test")
    assert reach(fenced, str(tmp_path / "run" / "haproxy.sock")).startswith("refused")
    assert reach(fenced, "\0verdigris-test").startswith("refused")


def test_the_portals_door_is_open_also_after_it_was_made_anew(fenced, listening):
    for _ in range(2):
        fenced.door.unlink(missing_ok=True)
        listening(socket.AF_UNIX, str(fenced.door))
        assert reach(fenced, str(fence.SOCKET)) == "reached hello"


def test_a_new_token_is_seen_by_what_already_runs(fenced):
    code = "import sys; read = lambda: open('/portal/token').read(); print(read(), flush=True); input(); print(read())"
    with subprocess.Popen(fenced.command(code), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline().strip() == "first"
        fenced.put_token("second")
        assert running.communicate("\n", timeout=10)[0].strip() == "second"


def test_nothing_of_the_machine_is_there_but_what_was_named(fenced, other):
    (other.work / "secret.txt").write_text("theirs")
    tried = [BASE_DIR / "manage.py", BASE_DIR / "var", BASE_DIR / "portal", other.work, other.folder, fenced.folder]
    tried += [Path("/etc/passwd"), Path("/etc/shadow"), Path("/var"), Path("/sys"), Path("/run/user")]
    found = fenced.run(
        f"import os; print([path for path in {[str(path) for path in tried]!r} if os.path.exists(path)])"
    )
    assert found == "[]"
    assert json.loads(fenced.run("import json, os; print(json.dumps(sorted(os.listdir('/home/analyst'))))")) == ["work"]


def test_another_persons_folder_is_closed_even_where_it_is_seen(fenced, other):
    """Where root runs the portal, people have user ids of their own: a mistake in what is shown is not enough."""
    if os.geteuid() != 0:
        pytest.skip("only a portal that root runs can give each person a user id")
    (other.work / "secret.txt").write_text("theirs")
    fenced.shares.append(fence.Share(other.work, Path("/mistake"), is_writable=True))
    assert "PermissionError" in fenced.ended("open('/mistake/secret.txt')").stderr


def test_no_other_process_is_seen_and_no_right_is_left(fenced):
    assert (
        json.loads(
            fenced.run("import os, json; print(json.dumps(len([x for x in os.listdir('/proc') if x.isdigit()])))")
        )
        <= 4
    )
    status = dict(
        line.split(":\t")
        for line in fenced.run("print(open('/proc/self/status').read())").splitlines()
        if ":\t" in line
    )
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapAmb"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert "0" not in status["Uid"].split()
    assert "PermissionError" in fenced.ended("import os; os.setuid(0)").stderr


def test_the_environment_is_its_own(fenced, monkeypatch):
    monkeypatch.setenv("PORTAL_SECRET_KEY", "not for notebooks")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for notebooks")
    within = json.loads(fenced.run("import os, json; print(json.dumps(dict(os.environ)))"))
    assert "not for notebooks" not in within.values()
    assert within["COVID_PORTAL"] == "http+unix:///portal/portal.sock"
    assert within["COVID_TOKEN_FILE"] == "/portal/token"


@pytest.mark.parametrize(
    "path", ["/x", "/usr/x", "/verdigris/notebooks/jupyter/x", "/portal/own/token", "/home/analyst/x"]
)
def test_only_the_persons_folder_can_be_written(fenced, path):
    assert (
        "OSError" in fenced.ended(f"open({path!r}, 'w')").stderr
        or "PermissionError" in fenced.ended(f"open({path!r}, 'w')").stderr
    )


def test_what_is_saved_stays_and_scratch_does_not(fenced):
    fenced.run("open('kept.txt', 'w').write('kept'); open('/tmp/gone.txt', 'w').write('gone')")
    assert (fenced.work / "kept.txt").read_text() == "kept"
    assert fenced.run("import os; print(os.path.exists('kept.txt'), os.path.exists('/tmp/gone.txt'))") == "True False"


def test_a_fork_bomb_is_bounded_and_others_are_not_hit(fenced, other):
    code = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
except BlockingIOError:
    print(made, flush=True)
    time.sleep({stay})
"""
    with subprocess.Popen(fenced.command(code.format(stay=60)), stdout=subprocess.PIPE, text=True) as bomb:
        assert 0 < int(bomb.stdout.readline()) < fenced.limits.processes
        # The other person's fence counts by itself while the first is full.
        assert 0 < int(other.run(code.format(stay=0))) < other.limits.processes
        bomb.kill()


def test_memory_is_bounded(fenced):
    assert "MemoryError" in fenced.ended("bytearray(600 << 20)").stderr
    assert fenced.run("print(len(bytearray(100 << 20)))") == str(100 << 20)


def test_processor_time_is_bounded(fenced):
    assert fenced.ended("while True: pass", cpu_s=1).returncode != 0


@pytest.mark.parametrize("path", ["large.bin", "/tmp/large.bin", "/dev/shm/large.bin"])
def test_files_are_bounded(fenced, path):
    code = f"out = open({path!r}, 'wb')\nfor _ in range(20): out.write(bytes(1 << 20)); out.flush()"
    assert fenced.ended(code).returncode != 0


def test_everything_ends_with_what_started_it(fenced):
    code = "import os, time; os.fork(); print('up', flush=True); time.sleep(600)"
    starter = f"import subprocess, sys; subprocess.run({fenced.command(code)!r})"
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as parent:
        parent.stdout.readline()
        assert _inside(fenced)
        parent.kill()
        parent.wait()
        await_true(lambda: not _inside(fenced), limit_s=10, what="nothing of the fence is left")


def _inside(fenced):
    """Processes that name the folder, or sit in the fence's user's skin."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(str(fenced.folder)) in (entry / "cmdline").read_bytes() and int(entry.name) != os.getpid():
                found.append(entry.name)
        except OSError:
            continue
    return found


def test_a_machine_without_bubblewrap_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    reason = fence.reason_against(folder=tmp_path / "try", limits=fence.Limits(512, 64, 30))
    assert reason == "bubblewrap is not installed (apt install bubblewrap)"


def test_a_machine_whose_bubblewrap_is_refused_says_what_it_said(tmp_path, monkeypatch):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    reason = fence.reason_against(folder=tmp_path / "try", limits=fence.Limits(512, 64, 30))
    assert reason == "bubblewrap can't build it (bwrap: No permissions to create new namespace)"
