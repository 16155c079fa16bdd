"""Each fence by itself, in a process that tries what it must not be able to do."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import analytics
from analytics.engines.duckdb.sandbox import landlock, seccomp

CODE = Path(analytics.__file__).parent.parent
TRIES = """
import ctypes, json, mmap, os, resource, signal, socket, subprocess, sys, threading
from analytics.engines.duckdb.sandbox import fence, landlock, seccomp

told = {}

def attempt(name, act):
    try:
        act()
        told[name] = "done"
    except BaseException as error:
        told[name] = type(error).__name__

def fork():
    if os.fork() == 0:
        os._exit(0)

pipe = os.dup(1)
writing = os.open(sys.argv[1], os.O_RDWR)
%s
attempt("read", lambda: open("/etc/hostname").read())
attempt("list", lambda: os.listdir("/"))
attempt("write", lambda: open(sys.argv[1], "w"))
attempt("make", lambda: os.mkdir(sys.argv[1] + ".d"))
attempt("remove", lambda: os.unlink(sys.argv[1]))
attempt("fork", fork)
attempt("run", lambda: subprocess.run(["/bin/true"], close_fds=False))
attempt("thread", lambda: threading.Thread(target=print).start())
attempt("connect", lambda: socket.create_connection(("127.0.0.1", 9), 1))
attempt("socket", lambda: socket.socket())
attempt("kill", lambda: os.kill(os.getppid(), 0))
attempt("truncate", lambda: os.ftruncate(writing, 0))
attempt("limit", lambda: resource.setrlimit(resource.RLIMIT_CPU, (100, 100)))
attempt("code", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC))
os.write(pipe, json.dumps(told).encode())
"""


def tried(fences: str, target: Path) -> dict[str, str]:
    target.write_text("as it was")
    program = TRIES % textwrap.dedent(fences)
    done = subprocess.run(
        [sys.executable, "-c", program, str(target)], cwd=CODE, capture_output=True, timeout=30, check=True
    )
    return dict(json.loads(done.stdout))


def test_without_fences_all_of_it_can_be_done(tmp_path):
    told = tried("", tmp_path / "file")
    assert {name for name, how in told.items() if how == "done"} >= {"read", "write", "fork", "run", "thread", "socket"}


@pytest.mark.skipif(not landlock.version(), reason="this kernel offers no Landlock")
def test_landlock_takes_every_file(tmp_path):
    told = tried("ctypes.CDLL(None).prctl(38, 1, 0, 0, 0); landlock.forbid_all_files()", tmp_path / "file")
    assert [told[one] for one in ("read", "list", "write", "make", "remove")] == ["PermissionError"] * 5
    assert (tmp_path / "file").read_text() == "as it was" or told["truncate"] == "done"


@pytest.mark.skipif(not seccomp.is_offered(), reason="this kernel or processor offers no seccomp list")
def test_seccomp_takes_everything_else(tmp_path):
    told = tried("ctypes.CDLL(None).prctl(38, 1, 0, 0, 0); seccomp.forbid_other_calls()", tmp_path / "file")
    assert "done" not in told.values()
    assert (tmp_path / "file").read_text() == "as it was"


def test_together_nothing_is_left(tmp_path):
    told = tried("fence.drop_privileges(); fence.lock()", tmp_path / "file")
    assert {name for name, how in told.items() if how == "done"} <= {"truncate", "limit", "code", "kill"}
    if seccomp.is_offered():
        assert "done" not in told.values()
        assert (tmp_path / "file").read_text() == "as it was"


def test_memory_has_an_end():
    program = """
from analytics.engines.duckdb.sandbox import fence
fence.limit_use(cpu_s=5, memory_bytes=100 << 20, file_bytes=0)
try:
    bytearray(400 << 20)
except MemoryError:
    print("refused", end="")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=CODE, capture_output=True, timeout=30, check=True)
    assert done.stdout == b"refused"


def test_a_file_has_an_end(tmp_path):
    program = """
import os, sys
from analytics.engines.duckdb.sandbox import fence
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
fence.limit_use(cpu_s=5, memory_bytes=100 << 20, file_bytes=10)
os.write(file, b"x" * 10)
try:
    os.write(file, b"x")
except OSError as error:
    print(os.strerror(error.errno), end="")
"""
    command = [sys.executable, "-c", program, str(tmp_path / "file")]
    done = subprocess.run(command, cwd=CODE, capture_output=True, timeout=30, check=True)
    assert (done.stdout, (tmp_path / "file").stat().st_size) == (b"File too large", 10)


def test_the_processors_have_an_end():
    program = """
from analytics.engines.duckdb.sandbox import fence
fence.limit_use(cpu_s=1, memory_bytes=100 << 20, file_bytes=0)
while True:
    pass
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=CODE, capture_output=True, timeout=30, check=False)
    assert done.returncode == -24
