"""Copies as containers, where a Docker engine answers; on the host's network, so HAProxy finds them on loopback."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests
from docker import DockerClient
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container

from releases.targets.onprem.launchers.base import Copy, LauncherError, Phase, Status

GROUP, COPY = "verdigris.group", "verdigris.copy"
PLACE = "/release"
OWN = {"PORTAL_STATE_DIR": "/tmp/state", "HOME": "/tmp"}  # noqa: S108 - the container's own
RESTARTS = 3
PHASES = {
    "created": Phase.STARTING,
    "restarting": Phase.STARTING,
    "running": Phase.RUNNING,
    "paused": Phase.STOPPED,
    "removing": Phase.STOPPING,
    "exited": Phase.FAILED,
    "dead": Phase.FAILED,
}


class DockerLauncher:
    """Keeps copies running as labelled containers of one engine."""

    def __init__(self, client: DockerClient, *, now: Callable[[], datetime] | None = None) -> None:
        self._client = client
        self._now = now or (lambda: datetime.fromisoformat(client.info()["SystemTime"][:19]).replace(tzinfo=UTC))

    def start(self, group: str, copies: Sequence[Copy]) -> None:
        """Will make and start the containers that don't run.

        Raises LauncherError.
        """
        with _asking():
            self._sweep()
            there = {container.labels[COPY]: container for container in self._containers(group)}
            for copy in copies:
                container = there.get(copy.name) or self._make(group, copy)
                if container.status in {"created", "exited"}:
                    container.start()

    def stop(self, group: str) -> None:
        """Will ask every copy to end; the engine removes what has ended at the next start.

        Raises LauncherError.
        """
        with _asking():
            for container in self._containers(group):
                if container.status in {"running", "restarting"}:
                    policy: Any = {"Name": "no", "MaximumRetryCount": 0}  # the stubs don't know "no"
                    container.update(restart_policy=policy)
                    container.kill(signal="SIGTERM")
                else:
                    container.remove(force=True)

    def states(self, group: str) -> Sequence[Status]:
        """Will tell what each container does.

        Raises LauncherError.
        """
        with _asking():
            containers = self._containers(group)
            now = self._now() if containers else None
            return [_status(container.attrs["State"], container.labels[COPY], now) for container in containers]

    def groups(self, prefix: str) -> frozenset[str]:
        """Will give the groups that have containers which are not ending.

        Raises LauncherError.
        """
        with _asking():
            found = self._client.containers.list(all=True, filters={"label": GROUP})
            names = {one.labels[GROUP] for one in found if not _is_ending(one)}
            return frozenset(name for name in names if name.startswith(prefix))

    def log_tail(self, group: str, lines: int) -> str:
        """Will give what the copies wrote last.

        Raises LauncherError.
        """
        with _asking():
            return "\n".join(
                f"[{one.labels[COPY]}]\n{one.logs(tail=lines).decode(errors='replace')}"
                for one in self._containers(group)
            )

    def _containers(self, group: str) -> list[Container]:
        found = self._client.containers.list(all=True, filters={"label": f"{GROUP}={group}"})
        return sorted(found, key=lambda one: str(one.labels[COPY]))

    def _sweep(self) -> None:
        """Removes what was told to end and has ended: its restart policy was taken away then."""
        for container in self._client.containers.list(all=True, filters={"label": GROUP, "status": "exited"}):
            if _is_ending(container):
                container.remove()

    def _make(self, group: str, copy: Copy) -> Container:
        if not copy.image:
            raise LauncherError("Docker needs an image, of the release or of the environment, and has neither")
        made: Container = self._client.containers.create(
            copy.image,
            list(copy.command),
            name=f"{group}.{copy.name}",
            labels={GROUP: group, COPY: copy.name},
            # The image knows where its programs are, and what the copy keeps is gone with it.
            environment={**{key: value for key, value in copy.environment.items() if key != "PATH"}, **OWN},
            user=f"{os.getuid()}:{os.getgid()}",
            working_dir=PLACE,
            volumes={
                str(copy.folder): {"bind": PLACE, "mode": "ro"},
                **{str(path): {"bind": str(path), "mode": "ro"} for path in copy.reads},
            },
            network_mode="host",
            restart_policy={"Name": "on-failure", "MaximumRetryCount": RESTARTS},
            stop_signal="SIGTERM",
            init=True,
            security_opt=["no-new-privileges"],
            cap_drop=["ALL"],
        )
        return made


class _asking:  # noqa: N801 - used as a verb
    """Turns what the client raises into the port's error."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, NotFound):
            raise LauncherError(f"Docker does not have what was asked for ({error.explanation})") from error
        if isinstance(error, APIError):
            raise LauncherError(f"Docker refused ({error.explanation or error})") from error
        if isinstance(error, DockerException | requests.RequestException):
            raise LauncherError(f"Docker does not answer ({error})") from error


def _is_ending(container: Container) -> bool:
    # Its restart policy was taken away when it was told to end; there is no other mark that outlives us.
    return container.attrs["HostConfig"]["RestartPolicy"]["Name"] in {"", "no"}


def _status(state: Mapping[str, Any], name: str, now: datetime | None) -> Status:
    phase = PHASES.get(state["Status"], Phase.FAILED)
    age_s = 0.0
    if now is not None and phase is Phase.RUNNING:
        began = datetime.fromisoformat(state["StartedAt"][:19]).replace(tzinfo=UTC)
        age_s = max(0.0, (now - began).total_seconds() - 1.0)
    return Status(name, phase, age_s, state.get("Error") or f"exit code {state.get('ExitCode', 0)}")
