"""What a person's own code may see and use: one folder of theirs, Python, and the portal's door. Nothing else.

bubblewrap builds it out of namespaces: no network but a loopback of its own, no process of the machine's, no file but
those named here. Everything that runs inside is one person's; nobody else's is ever in the same fence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import notebooks

# Where things lie inside.
HOME = Path("/home/analyst/work")
CODE = Path("/verdigris")
PORTAL = Path("/portal")
SOCKET, TOKEN = PORTAL / "portal.sock", PORTAL / "token"

CONFINEMENT = CODE / "notebooks" / "confinement.py"
# User ids that neither distributions nor systemd nor container engines give to anybody.
FIRST_USER = 1_879_048_192
TRY_LIMIT_S = 30
_SOURCE = Path(notebooks.__file__).resolve().parent
_MB = 1024 * 1024
# Files the portal replaces while the fence stands, and the folders in which they are seen.
_DOOR, _OWN = PORTAL / "door", PORTAL / "own"


@dataclass(frozen=True)
class Limits:
    """What each process inside may use, and how many there may be; `scratch_mb` bounds /tmp and /dev/shm each."""

    memory_mb: int
    processes: int
    cpu_s: int
    file_mb: int = 2048
    scratch_mb: int = 256


@dataclass(frozen=True)
class Share:
    """A file or folder of the machine that is seen inside at `inside`."""

    outside: Path
    inside: Path
    is_writable: bool = False


def command(
    argv: Sequence[str],
    *,
    work: Path,
    portal_socket: Path,
    token_file: Path,
    limits: Limits,
    shares: Sequence[Share] = (),
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Will give the command that runs `argv` in the fence, where it starts in HOME with an environment of its own.

    `work` becomes HOME and is all that outlives the fence; `own` must have given it to its person. The folders of
    `portal_socket` and of `token_file` are seen as a whole, since both files are replaced while the fence stands:
    nothing else may lie in them.
    """
    within = {
        "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin",
        "HOME": str(HOME),
        "USER": "analyst",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": f"{CODE}:{CODE / 'notebooks' / 'library'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
        "COVID_PORTAL": f"http+unix://{SOCKET}",
        "COVID_TOKEN_FILE": str(TOKEN),
        **(environment or {}),
    }
    seen = [
        *_libraries(),
        Share(portal_socket.parent, _DOOR),
        Share(token_file.parent, _OWN),
        Share(work, HOME, is_writable=True),
        *shares,
    ]
    return [
        *("bwrap", "--die-with-parent", "--new-session", "--hostname", "notebook"),
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *_rights(),
        *_system(limits),
        *_bind(seen),
        *("--symlink", f"{_DOOR.name}/{portal_socket.name}", str(SOCKET)),
        *("--symlink", f"{_OWN.name}/{token_file.name}", str(TOKEN)),
        *("--remount-ro", "/", "--chdir", "/", "--clearenv"),
        *(word for name, value in within.items() for word in ("--setenv", name, value)),
        "--",
        *_confined(limits, user=work.stat().st_uid if os.geteuid() == 0 else os.geteuid()),
        *argv,
    ]


def own(folder: Path, *, person_id: int) -> None:
    """Will make the folder and give it to the person's user inside the fence, closed to everybody else.

    A portal that root runs has a user id for each person; any other runs everything inside as itself, and what keeps
    people apart is that nobody's fence shows another's folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    give(folder, person_id=person_id)


def give(path: Path, *, person_id: int) -> None:
    """Will let the person's user inside the fence own what lies at `path`."""
    if os.geteuid() == 0:
        os.chown(path, FIRST_USER + person_id, FIRST_USER + person_id, follow_symlinks=False)


def give_open(file: int, *, person_id: int) -> None:
    """Will do the same with a file that is open."""
    if os.geteuid() == 0:
        os.fchown(file, FIRST_USER + person_id, FIRST_USER + person_id)


def reason_against(*, folder: Path, limits: Limits) -> str:
    """Will try the fence in `folder` and say why this machine has none; empty where it stands."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (apt install bubblewrap)"
    for name in ("work", "door", "own"):
        own(folder / name, person_id=0)
    tried = command(
        [sys.executable, "-c", "import zmq, jupyter_server"],
        work=folder / "work",
        portal_socket=folder / "door" / "portal.sock",
        token_file=folder / "own" / "token",
        limits=limits,
    )
    path = {"PATH": os.environ.get("PATH", os.defpath)}
    try:
        done = subprocess.run(tried, capture_output=True, text=True, timeout=TRY_LIMIT_S, check=False, env=path)
    except subprocess.TimeoutExpired:
        return f"bubblewrap did not come up within {TRY_LIMIT_S} s"
    if done.returncode == 0:
        return ""
    return f"bubblewrap can't build it ({(done.stderr.strip().splitlines() or ['it says nothing'])[-1]})"


def _rights() -> list[str]:
    if os.geteuid() == 0:
        # Root needs no namespace of users. These two let it become the person's user, and are lost by doing so.
        return ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return ["--unshare-user"]


def _system(limits: Limits) -> list[str]:
    scratch = str(limits.scratch_mb * _MB)
    words = ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp"):  # noqa: S108 - inside, its own
        words += ["--size", scratch, "--perms", "1777", "--tmpfs", folder]
    words += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    return words


def _libraries() -> list[Share]:
    cache = Path("/etc/ld.so.cache")
    prefixes = [Path(prefix) for prefix in dict.fromkeys((sys.base_prefix, sys.prefix))]
    return [
        *(Share(prefix, prefix) for prefix in prefixes if not prefix.is_relative_to("/usr")),
        *([Share(cache, cache)] if cache.exists() else []),
        *(
            Share(_SOURCE / name, CODE / "notebooks" / name)
            for name in ("__init__.py", "confinement.py", "jupyter", "library")
        ),
    ]


def _bind(shares: Sequence[Share]) -> list[str]:
    # bwrap would close the folders above a shared one to everybody but root.
    above = sorted({str(folder) for share in shares for folder in share.inside.parents} - {"/"})
    words = [word for folder in above for word in ("--perms", "0755", "--dir", folder)]
    for share in shares:
        words += ["--bind" if share.is_writable else "--ro-bind", str(share.outside), str(share.inside)]
    return words


def _confined(limits: Limits, *, user: int) -> list[str]:
    megabytes = (limits.memory_mb, limits.file_mb)
    memory, file = (str(amount * _MB) for amount in megabytes)
    return [sys.executable, "-I", str(CONFINEMENT), str(user), memory, file, str(limits.processes), str(limits.cpu_s)]
