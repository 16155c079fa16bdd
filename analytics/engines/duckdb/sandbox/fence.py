"""What a process gives up before it runs somebody's SQL. None of it can be taken back.

Each part stands by itself: where a kernel lacks one, the others hold, and the run's status names those that were on.
"""

import ctypes
import os
import resource
import signal
from collections.abc import Collection
from pathlib import Path

from analytics.engines.duckdb.sandbox import landlock, seccomp

_SET_PARENT_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
# The user that owns nothing, by its traditional number.
_NOBODY = 65534
_SPARE_BYTES = 192 << 20
_NICER = 5

_libc = ctypes.CDLL(None, use_errno=True)


def leave_everything(keep: Collection[int]) -> None:
    """Will start a session of its own, without core dumps and without any descriptor but `keep`.

    The process dies with the one that started it.
    """
    os.setsid()
    die_with_parent()
    os.chdir("/")
    os.umask(0o777)
    os.nice(_NICER)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    for descriptor in _open_descriptors() - {0, 1, 2, *keep}:
        os.close(descriptor)
    _set(resource.RLIMIT_CORE, 0)


def die_with_parent() -> None:
    """Will have the kernel kill this process when its parent ends, however that comes."""
    parent = os.getppid()
    _libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent or parent == 1:
        os._exit(1)


def limit_use(*, cpu_s: int, memory_bytes: int, file_bytes: int) -> None:
    """Will limit what this process may use from now on: seconds of processors, memory beyond what it has, and how far
    a file that it holds may grow.
    """
    # SIGXCPU first, which ends the process and tells why; SIGKILL for one that would ignore it.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    _set(resource.RLIMIT_AS, _address_space_bytes() + memory_bytes + _SPARE_BYTES)
    _set(resource.RLIMIT_FSIZE, file_bytes)


def drop_privileges() -> list[str]:
    """Will take every way to more rights, become nobody where the process is root, and lose all files.

    Gives the names of the fences that hold. To be called while there is one thread.
    """
    fences = []
    if _libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        fences.append("no new privileges")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        # A change of user takes the signal away.
        die_with_parent()
        fences.append("nobody")
    if landlock.forbid_all_files():
        fences.append(f"landlock {landlock.version()}")
    return fences


def lock() -> list[str]:
    """Will forbid new threads, processes and descriptors, and every system call that a query doesn't need."""
    _set(resource.RLIMIT_NPROC, 0)
    _set(resource.RLIMIT_NOFILE, 0)
    return ["seccomp"] if seccomp.forbid_other_calls() else []


def _set(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, most))


def _open_descriptors() -> set[int]:
    listed = {int(name) for name in os.listdir("/proc/self/fd")}  # noqa: PTH208 - their numbers
    # The one that listed them is among them, and closed by now.
    return {one for one in listed if _is_open(one)}


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
