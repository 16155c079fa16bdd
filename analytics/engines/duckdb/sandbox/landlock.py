"""Landlock: takes every file, TCP port and abstract socket out of a process's reach, for good (Linux, landlock(7))."""

import ctypes
import os

# The same numbers on every architecture.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ABI_ASKED = 1
# How many rights over files each version of the interface knows (include/uapi/linux/landlock.h).
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_SINCE_5 = 16
_TCP_RIGHTS, _SCOPES = 0b11, 0b11

_libc = ctypes.CDLL(None, use_errno=True)


class _Rights(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def version() -> int:
    """Will say which version of the interface this kernel offers; 0 is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ABI_ASKED)))


def forbid_all_files() -> bool:
    """Will forbid this thread and those it starts to open any file; those that are open stay usable.

    Needs "no new privileges". Gives False where the kernel offers no Landlock.
    """
    offered = version()
    if not offered:
        return False
    bits = _FILE_RIGHTS.get(offered, _FILE_RIGHTS_SINCE_5)
    has_tcp, has_scopes = offered >= 4, offered >= 6
    rights = _Rights((1 << bits) - 1, _TCP_RIGHTS if has_tcp else 0, _SCOPES if has_scopes else 0)
    size = 8 * (1 + has_tcp + has_scopes)
    ruleset = _libc.syscall(_CREATE_RULESET, ctypes.byref(rights), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "Landlock made no ruleset")
    try:
        if _libc.syscall(_RESTRICT_SELF, ruleset, 0):
            raise OSError(ctypes.get_errno(), "Landlock did not restrict the process")
    finally:
        os.close(ruleset)
    return True
