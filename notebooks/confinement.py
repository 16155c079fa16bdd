"""The first program inside the fence: gives up every right, takes the limits on, and becomes what is to run.

It stands alone, since inside there is nothing of the portal's: `python -I confinement.py USER MEMORY FILE PROCESSES
CPU_S COMMAND…`, sizes in bytes.
"""

import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

# When memory runs out the kernel ends these first; and whoever serves the portal comes before them at the processor.
FIRST_TO_GO = "900"
NICER = 5


def confine(*, user: int, memory_bytes: int, file_bytes: int, processes: int, cpu_s: int) -> None:
    """Will take the limits on, for this process and all that it starts, and become `user`.

    Raises PermissionError where the process would stay root.
    """
    Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    os.nice(NICER)
    os.umask(0o077)
    # The kernel holds no limit of processes against root: nothing here may stay it.
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    if os.geteuid() == 0:
        raise PermissionError("the person's folder belongs to root")
    # Theirs alone: root without its rights could not enter it.
    os.chdir(os.environ["HOME"])
    _lower(resource.RLIMIT_DATA, memory_bytes)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    _lower(resource.RLIMIT_NPROC, processes)
    _lower(resource.RLIMIT_CPU, cpu_s)
    _lower(resource.RLIMIT_NOFILE, 1024)
    _lower(resource.RLIMIT_MEMLOCK, 0)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (least, least))


def main(arguments: Sequence[str]) -> None:
    """Will confine this process and replace it by the command."""
    user, memory, file, processes, cpu_s, *command = arguments
    confine(user=int(user), memory_bytes=int(memory), file_bytes=int(file), processes=int(processes), cpu_s=int(cpu_s))
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
