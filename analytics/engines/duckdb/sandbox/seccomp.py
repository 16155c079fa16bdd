"""A list of the system calls that a query needs once its files are open; every other one is refused (seccomp(2)).

Nothing on the list opens, makes, changes or removes a file, starts a process or thread, or talks to one.
"""

import ctypes
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

# struct sock_filter's codes (linux/bpf_common.h): load a word, jump if equal, jump if a bit is set, return.
_LOAD, _IF_EQUAL, _IF_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
# Offsets in struct seccomp_data.
_NUMBER, _ARCHITECTURE, _THIRD_ARGUMENT, _FOURTH_ARGUMENT = 0, 4, 32, 40
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refused with EPERM
_PROT_EXEC, _AT_EMPTY_PATH = 4, 0x1000
_SET_MODE_FILTER, _SYNC_THREADS = 1, 1


@dataclass(frozen=True)
class _Machine:
    audit: int
    seccomp: int
    # `mapping` may not make memory executable; `status` only asks about what is open.
    mapping: tuple[int, ...]
    status: int
    allowed: tuple[int, ...]


# read write close fstat lseek munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 readv writev sched_yield
# mremap madvise nanosleep getpid exit getrusage sysinfo gettid futex sched_getaffinity set_robust_list restart_syscall
# clock_gettime clock_getres clock_nanosleep exit_group getcpu getrandom membarrier rseq preadv sigaltstack ppoll poll
_MACHINES: Mapping[str, _Machine] = MappingProxyType(
    {
        "x86_64": _Machine(
            audit=0xC000003E,
            seccomp=317,
            mapping=(9, 10),
            status=262,
            allowed=(
                *(0, 1, 3, 5, 8, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 35, 39, 60, 98, 99, 186, 202, 204, 273),
                *(219, 228, 229, 230, 231, 309, 318, 324, 334, 295, 131, 271, 7),
            ),
        ),
        "aarch64": _Machine(
            audit=0xC00000B7,
            seccomp=277,
            mapping=(222, 226),
            status=79,
            allowed=(
                *(63, 64, 57, 80, 62, 215, 214, 134, 135, 139, 67, 65, 66, 124, 216, 233, 101, 172, 93, 165, 179, 178),
                *(98, 123, 99, 128, 113, 114, 115, 94, 168, 278, 283, 293, 69, 132, 73),
            ),
        ),
    }
)


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


_libc = ctypes.CDLL(None, use_errno=True)


def is_offered() -> bool:
    """Whether this kernel and processor can do it."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or platform.system() != "Linux":
        return False
    action = ctypes.c_uint32(_REFUSE & ~1)
    return bool(_libc.syscall(machine.seccomp, 2, 0, ctypes.byref(action)) == 0)


def forbid_other_calls() -> bool:
    """Will refuse every call that isn't listed, to all threads of this process and for good.

    Needs "no new privileges". Gives False where it isn't offered.
    """
    if not is_offered():
        return False
    machine = _MACHINES[platform.machine()]
    lines = _program(machine)
    instructions = (_Instruction * len(lines))(*(_Instruction(*line) for line in lines))
    program = _Program(len(lines), ctypes.cast(instructions, ctypes.POINTER(_Instruction)))
    if _libc.syscall(machine.seccomp, _SET_MODE_FILTER, _SYNC_THREADS, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "seccomp did not take the list of calls")
    return True


def _program(machine: _Machine) -> Sequence[tuple[int, int, int, int]]:
    lines = [(_LOAD, 0, 0, _ARCHITECTURE), (_IF_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _KILL)]
    lines.append((_LOAD, 0, 0, _NUMBER))
    for number in machine.allowed:
        lines += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in machine.mapping:
        lines += [(_IF_EQUAL, 0, 4, number), (_LOAD, 0, 0, _THIRD_ARGUMENT), (_IF_SET, 0, 1, _PROT_EXEC)]
        lines += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    lines += [(_IF_EQUAL, 0, 3, machine.status), (_LOAD, 0, 0, _FOURTH_ARGUMENT), (_IF_SET, 0, 1, _AT_EMPTY_PATH)]
    return [*lines, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
