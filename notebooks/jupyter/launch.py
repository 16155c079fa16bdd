"""`python -m notebooks.jupyter.launch SLOT`: becomes the JupyterLab of whoever has that slot, inside the fence.

The process supervisor starts it. It reads the slot's folder and the settings, and no database.
"""

import os
import socket
import sys
from pathlib import Path

from notebooks import fence
from notebooks.jupyter import options
from notebooks.jupyter.names import DESCRIPTOR, PERSON
from notebooks.jupyter.tenant import Tenant
from portal import configuration as settings
from portal import runtime_paths
from portal.configuration import BASE_DIR, Configuration

COLLECTION = BASE_DIR / "notebooks" / "collection"
_SCRATCH = {"JUPYTER_CONFIG_DIR": "/tmp/config", "JUPYTER_RUNTIME_DIR": "/tmp/runtime"}  # noqa: S108 - inside, its own
_SERVER = (sys.executable, "-P", "-s", "-m", "notebooks.jupyter.server")
# bwrap is found on it; nothing else of the portal's environment goes further.
_PATH = {"PATH": os.environ.get("PATH", os.defpath)}


def fenced(configuration: Configuration, slot: int, *, descriptor: int) -> tuple[list[str], dict[str, str]]:
    """Will give the command and the environment of the slot's server in the fence, on the descriptor of its socket.

    Raises FileNotFoundError where nobody has the slot.
    """
    folder = runtime_paths.notebook_folder(configuration.state_dir, slot)
    tenant = Tenant.read(folder)
    place = options.Place(base_url(slot), fence.HOME.parent, fence.HOME, configuration.notebook_idle_s)
    command = fence.command(
        [*_SERVER, *options.of(place)],
        work=tenant.work,
        portal_socket=runtime_paths.notebooks_door(configuration.state_dir),
        token_file=tenant.token_file(folder),
        limits=limits(configuration),
        shares=[fence.Share(COLLECTION, fence.HOME.parent / "collection")],
        environment={**_SCRATCH, PERSON: str(tenant.person_id), DESCRIPTOR: str(descriptor)},
    )
    return command, _PATH


def unfenced(configuration: Configuration, slot: int, *, descriptor: int) -> tuple[list[str], dict[str, str]]:
    """Will give the same without the fence, for a machine that has none and an operator who wants it so.

    Raises FileNotFoundError where nobody has the slot.
    """
    folder = runtime_paths.notebook_folder(configuration.state_dir, slot)
    tenant = Tenant.read(folder)
    root = _linked(folder, tenant.work)
    place = options.Place(base_url(slot), root, root / "work", configuration.notebook_idle_s)
    environment = {
        **_PATH,
        "HOME": str(tenant.work),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": f"{BASE_DIR}:{BASE_DIR / 'notebooks' / 'library'}",
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "COVID_PORTAL": f"http+unix://{runtime_paths.notebooks_door(configuration.state_dir)}",
        "COVID_TOKEN_FILE": str(tenant.token_file(folder)),
        PERSON: str(tenant.person_id),
        DESCRIPTOR: str(descriptor),
    }
    return [*_SERVER, "--allow-root", *options.of(place)], environment


def listen(configuration: Configuration, slot: int) -> socket.socket:
    """Will open the slot's socket, where only the portal's own user comes to, for a program to inherit."""
    path = runtime_paths.notebook_socket(configuration.state_dir, slot)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen()
    listener.set_inheritable(True)
    return listener


def base_url(slot: int) -> str:
    """Will give the address, under the portal's own, of the slot's server."""
    return f"/jupyter/{slot}/"


def limits(configuration: Configuration) -> fence.Limits:
    """Will give what the settings allow each person."""
    return fence.Limits(
        memory_mb=configuration.notebook_memory_mb,
        processes=configuration.notebook_processes,
        cpu_s=configuration.notebook_cpu_s,
    )


def _linked(folder: Path, work: Path) -> Path:
    """Makes a folder that looks as the one in the fence does."""
    root = folder / "home"
    root.mkdir(exist_ok=True)
    for name, there in (("work", work), ("collection", COLLECTION)):
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(there)
    return root


def main() -> None:
    """Will become the server of the slot that the first argument names."""
    configuration = settings.read()
    build = unfenced if configuration.notebooks_unfenced else fenced
    slot = int(sys.argv[1])
    listener = listen(configuration, slot)
    command, environment = build(configuration, slot, descriptor=listener.fileno())
    os.chdir("/")
    os.execvpe(command[0], command, environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
