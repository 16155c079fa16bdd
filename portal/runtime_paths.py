"""Where running processes meet on this machine: folders and sockets under the state folder.

Kernel level: the stack puts things there, adapters and health probes find them. No Django here.
"""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

# The kernel takes 107 bytes for a socket's path; supervisord and HAProxy add up to 20 while they bind.
LONGEST_SOCKET = 87


def run_folder(state_dir: Path) -> Path:
    """Will give the folder of what only matters while processes run."""
    return state_dir.resolve() / "run"


def log_folder(state_dir: Path) -> Path:
    """Will give the folder of the processes' logs."""
    return state_dir.resolve() / "log"


def copies_folder(state_dir: Path) -> Path:
    """Will give the folder of the definitions of released copies, which supervisord includes."""
    return run_folder(state_dir) / "supervisor.d"


def haproxy_socket(state_dir: Path) -> Path:
    """Will give the path of HAProxy's runtime socket."""
    return _socket_folder(state_dir) / "haproxy.sock"


def supervisor_socket(state_dir: Path) -> Path:
    """Will give the path of supervisord's API."""
    return _socket_folder(state_dir) / "supervisor.sock"


def notebooks_door(state_dir: Path) -> Path:
    """Will give the socket on which HAProxy lets notebooks reach the data; its folder holds nothing else."""
    return _socket_folder(state_dir) / "notebooks" / "door" / "portal.sock"


def notebook_folder(state_dir: Path, slot: int) -> Path:
    """Will give the folder of one notebook server: who has it, its socket, and its token in a folder of its own."""
    return _socket_folder(state_dir) / "notebooks" / str(slot)


def notebook_socket(state_dir: Path, slot: int) -> Path:
    """Will give the socket on which one notebook server answers HAProxy."""
    return notebook_folder(state_dir, slot) / "server.sock"


def tickets_map(state_dir: Path) -> Path:
    """Will give the map by which HAProxy knows which ticket opens which notebook server."""
    return run_folder(state_dir) / "notebooks.map"


def make_folders(state_dir: Path) -> None:
    """Will make the folders, readable by their owner alone.

    Raises PermissionError when one of them belongs to somebody else.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make_private(state_dir.resolve())
    for folder in (run_folder(state_dir), log_folder(state_dir), copies_folder(state_dir)):
        folder.mkdir(mode=0o700, exist_ok=True)
        _make_private(folder)
    if _is_too_long(run_folder(state_dir)):
        _make_short_folder(state_dir)
    _make_door(notebooks_door(state_dir).parent)


def _socket_folder(state_dir: Path) -> Path:
    run = run_folder(state_dir)
    link = run / "sockets"
    # Every process follows the link, so that they agree even where their environments differ.
    return link.readlink() if _is_too_long(run) and link.is_symlink() else run


def _is_too_long(run: Path) -> bool:
    return len(os.fsencode(run / "notebooks" / "door" / "portal.sock")) > LONGEST_SOCKET


def _make_short_folder(state_dir: Path) -> None:
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    name = hashlib.sha256(os.fsencode(state_dir.resolve())).hexdigest()[:12]
    folder = base / f"verdigris-{os.geteuid()}-{name}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    # Anybody can make a folder of that name in a shared place first.
    if folder.is_symlink():
        raise PermissionError(f"{folder} is a link that Verdigris did not make")
    _make_private(folder)
    link = run_folder(state_dir) / "sockets"
    draft = link.with_name(f".sockets.{os.getpid()}")
    draft.symlink_to(folder)
    draft.replace(link)


def _make_door(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    _make_private(folder.parent)
    folder.mkdir(exist_ok=True)
    # Who is behind a notebook's fence may pass through this one, and comes to none above it.
    folder.chmod(0o711)


def _make_private(folder: Path) -> None:
    facts = folder.stat()
    if facts.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user")
    if facts.st_mode & 0o077:
        folder.chmod(0o700)
