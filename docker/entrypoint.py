"""What a container does: `entrypoint.py ROLE`, which then is that process, so that it is the one that hears SIGTERM.

Each role runs what runs on premises (portal.stack.plan.programs, releases.targets.onprem.config), but listens on every
address of its container, for a load balancer; `insights` also takes addresses of its own. `premises PROGRAM` runs one
of those programs unchanged, behind HAProxy on the same machine. Anything else is run as it is written, as the Docker
launcher does with a release's command.

A variable NAME_FILE names a file whose content becomes the variable NAME, as engines hand secrets out.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from portal import configuration as settings  # noqa: E402 - found by the line above
from portal import logs, runtime_paths  # noqa: E402
from portal.configuration import Configuration  # noqa: E402
from portal.stack.plan import files, ports  # noqa: E402
from portal.stack.plan.binaries import Binary  # noqa: E402
from portal.stack.plan.ports import Ports  # noqa: E402
from portal.stack.plan.programs import list_all  # noqa: E402
from releases.targets.onprem.config import DEFAULT_COMMAND  # noqa: E402

ANYWHERE = "0.0.0.0"  # noqa: S104 - a container's own address; who may come is the network's to say
PORT = 8000
DRAIN_S = 20
# Longer than a load balancer keeps an idle connection (infra/portal.yaml: 120 s), so that it is never we who close
# first: that would be answered with 502.
KEEP_ALIVE_S = 125
# Where a load balancer hands them on (infra/notebooks.yaml).
NOTEBOOKS_PATH = "/jupyter/"
MADE = Path("/opt/made")
CHECK_FILE = Path("/tmp/verdigris.check.json")  # noqa: S108 - the container's own; health.py reads it


class EntryError(SystemExit):
    """Ends the container with a sentence."""


def read_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Will give the variables whose values stand in files: DATABASE_URL for DATABASE_URL_FILE.

    Raises EntryError for one that is named and can't be read.
    """
    found = {}
    for variable, path in environment.items():
        name = variable.removesuffix("_FILE")
        if name == variable or not name.startswith(("PORTAL_", "DATABASE_URL", "JUPYTER_TOKEN")):
            continue
        try:
            found[name] = Path(path).read_text().strip()
        except OSError as error:
            raise EntryError(f"{variable} names {path}, which can't be read ({error.strerror}).") from None
    return found


def replace(command: Sequence[str], changes: Mapping[str, str | None]) -> tuple[str, ...]:
    """Will give the command with the options' values changed; None leaves the option out.

    Raises KeyError for an option that the command doesn't have: then it isn't the command that was meant.
    """
    words = list(command)
    for option, value in changes.items():
        if option not in words:
            raise KeyError(option)
        at = words.index(option)
        words[at : at + 2] = [] if value is None else [option, value]
    return tuple(words)


def programs(configuration: Configuration, where: Ports) -> dict[str, tuple[str, ...]]:
    """Will give the command of every program of the platform, by its name."""
    haproxy = Binary("haproxy", Path("haproxy"), (), is_from_wheel=False)
    return {one.name: one.command for one in list_all(configuration, where, haproxy=haproxy, redis=None)}


def command_for(role: str, words: Sequence[str], configuration: Configuration) -> tuple[str, ...]:
    """Will give what `role` runs.

    Raises EntryError for a role that can't be run like this.
    """
    listed = programs(configuration, Ports(ANYWHERE, PORT, PORT, PORT, None, PORT, (PORT,), PORT))
    if role in AS_ON_PREMISES:
        return listed[AS_ON_PREMISES[role]]
    if role in DOORS:
        name, door = DOORS[role]
        return replace(listed[name], door)
    if role in PROGRAMS:
        return PROGRAMS[role]
    if role in MADE_BY:
        return MADE_BY[role](words, configuration)
    return (role, *words)


def _insights(words: Sequence[str], _configuration: Configuration) -> tuple[str, ...]:
    first, *others = words or [f"{ANYWHERE}:{PORT}"]
    filled = [word.replace("{drain_s}", str(DRAIN_S)) for word in DEFAULT_COMMAND]
    more = [word for address in others for word in ("--bind", address)]
    return (*replace(filled, {"--bind": first, "--keep-alive": str(KEEP_ALIVE_S)}), *more)


def _notebooks(_words: Sequence[str], configuration: Configuration) -> tuple[str, ...]:
    if not os.environ.get("JUPYTER_TOKEN"):
        raise EntryError("The notebooks were not started: JUPYTER_TOKEN is empty, so anybody could run code here.")
    lab = (sys.executable, "-m", "jupyterlab", "--ip", ANYWHERE, "--port", str(PORT), "--no-browser")
    root = ("--ServerApp.allow_remote_access=True", f"--ServerApp.root_dir={configuration.state_dir}")
    return (*lab, *root, f"--ServerApp.base_url={NOTEBOOKS_PATH}")


def _on_premises(words: Sequence[str], configuration: Configuration) -> tuple[str, ...]:
    listed = programs(configuration, ports.plan(configuration))
    name = words[0] if words else ""
    if name not in listed:
        raise EntryError(f"There is no program {name!r} on premises; there are {', '.join(sorted(listed))}.")
    return listed[name]


AS_ON_PREMISES = {
    "worker": "worker-rollouts",
    "pipelines": "worker-pipelines",
    "queries": "worker-queries",
    "beat": "beat",
}
# The same programs with another door: what stands before them is a load balancer, which speaks no PROXY protocol and
# sets the headers itself; only the network lets anybody come.
DOORS: Mapping[str, tuple[str, Mapping[str, str | None]]] = {
    "web": (
        "web-a",
        {
            "--bind": f"{ANYWHERE}:{PORT}",
            "--keep-alive": str(KEEP_ALIVE_S),
            "--proxy-protocol": None,
            "--proxy-allow-from": None,
        },
    ),
    "events": ("events", {"--host": ANYWHERE, "--forwarded-allow-ips": "*"}),
}
PROGRAMS = {
    "migrate": (sys.executable, str(ROOT / "manage.py"), "migrate", "--no-input"),
    "haproxy": (sys.executable, str(ROOT / "docker" / "haproxy.py")),
}
MADE_BY: Mapping[str, Callable[[Sequence[str], Configuration], tuple[str, ...]]] = {
    "insights": _insights,
    "notebooks": _notebooks,
    "premises": _on_premises,
}


def check_of(command: Sequence[str]) -> dict[str, Any]:
    """Will say how health.py finds out that what runs is well: a page on a port, a probe of the portal, or nothing."""
    options = dict(pairwise(command))
    if "celery" in command:
        # The probe of the worker asks for the ticks, which are one queue's; a worker of another lives or has ended.
        probes = {"rollouts": "worker", "beat": "beat"}
        return next(({"probe": probe} for word, probe in probes.items() if word in command), {})
    port = options.get("--bind", "").rpartition(":")[2] or options.get("--port")
    if not port:
        return {}
    path = f"{NOTEBOOKS_PATH}api" if "jupyterlab" in command else "/healthz"
    return {"port": int(port), "path": path, "is_proxied": "--proxy-protocol" in command}


def prepare(configuration: Configuration) -> None:
    """Will lay out the state folder, which may be empty at every start."""
    state_dir = configuration.state_dir
    runtime_paths.make_folders(state_dir)
    files.write(
        runtime_paths.run_folder(state_dir) / "logging.json", json.dumps(logs.configuration(configuration.log_level))
    )
    static = state_dir / "static"
    # A link into the image, so that a state folder that is kept always shows this image's files.
    if not static.exists() and (MADE / "static").is_dir():
        static.unlink(missing_ok=True)
        static.symlink_to(MADE / "static")


def surroundings(role: str) -> dict[str, str]:
    """Will give what a role needs in its environment where nobody said otherwise.

    Raises EntryError where SNAPSHOT_POINTER names a snapshot that can't be had.
    """
    if role != "insights":
        return {}
    pointer = os.environ.get("SNAPSHOT_POINTER", "")
    snapshot = _fetched(pointer) if pointer else MADE / "sample.duckdb"
    return {"PORTAL_SURFACE": "insights", "PORTAL_SNAPSHOT": str(snapshot)}


def _fetched(pointer: str) -> Path:
    # Only who has a lake needs AWS's library.
    import snapshots  # noqa: PLC0415 - beside this file, which is run as a program

    try:
        fetched: Path = snapshots.fetch(pointer, settings.read().state_dir / "snapshots")
    except snapshots.SnapshotError as error:
        raise EntryError(f"The site was not started: {error}") from None
    return fetched


def main(words: Sequence[str]) -> None:
    """Will become what `words` say."""
    role = words[0] if words else "web"
    os.environ.update(read_secrets(os.environ))
    for name, value in surroundings(role).items():
        os.environ.setdefault(name, value)
    configuration = settings.read()
    prepare(configuration)
    command = command_for(role, words[1:], configuration)
    CHECK_FILE.write_text(json.dumps(check_of(command)))
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
