"""Copies as programs of supervisord, over its XML-RPC socket; a group's definition is a file and outlives restarts."""

import json
import re
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portal.sockets.supervisor import (
    ALREADY_ADDED,
    ALREADY_STARTED,
    BAD_NAME,
    NOT_RUNNING,
    STILL_RUNNING,
    WITHOUT_WAITING,
    SupervisorApi,
    SupervisorError,
)
from releases.targets.onprem import files
from releases.targets.onprem.launchers import run
from releases.targets.onprem.launchers.base import Copy, LauncherError, Phase, Status, tail

GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
PHASES = {
    "STARTING": Phase.STARTING,
    "BACKOFF": Phase.STARTING,  # it ended at once and is tried again
    "RUNNING": Phase.RUNNING,
    "STOPPING": Phase.STOPPING,
    "STOPPED": Phase.STOPPED,
    "EXITED": Phase.STARTING,  # the supervisor starts it again at once
    "FATAL": Phase.FAILED,
    "UNKNOWN": Phase.FAILED,
}

LIVE = {Phase.STARTING, Phase.RUNNING}


class SupervisorLauncher:
    """Keeps copies running through supervisord, which includes `<definitions>/*.ini`."""

    def __init__(self, api: SupervisorApi, definitions: Path) -> None:
        self._api = api
        self._definitions = definitions

    def start(self, group: str, copies: Sequence[Copy]) -> None:
        """Will define the group and start the copies that don't run.

        Raises LauncherError.
        """
        try:
            is_new = self._define(_named(group), copies)
        except OSError as error:
            raise LauncherError(f"The copies' definition can't be written ({error.strerror})") from error
        known = self._processes()
        if is_new or group not in {info["group"] for info in known}:
            self._ask("reloadConfig")
            self._sweep(known)
            # One of that name that has ended is on the list with its old definition; one that runs keeps it.
            self._ask("removeProcessGroup", group, settled=[STILL_RUNNING, BAD_NAME])
            self._ask("addProcessGroup", group, settled=[ALREADY_ADDED])
        for info in self._processes():
            if info["group"] != group:
                continue
            if info["statename"] == "STOPPING":
                raise LauncherError(f"{info['name']} still ends; it can be started when it has")
            if info["statename"] in {"STOPPED", "EXITED", "FATAL"}:
                self._ask("startProcess", f"{group}:{info['name']}", WITHOUT_WAITING, settled=[ALREADY_STARTED])

    def stop(self, group: str) -> None:
        """Will ask every copy to end, and forget the group.

        Raises LauncherError.
        """
        (self._definitions / f"{_named(group)}.ini").unlink(missing_ok=True)
        for spec in self._definitions.glob(f"{group}.*.json"):
            spec.unlink()
        for info in self._processes():
            if info["group"] == group:
                name = f"{group}:{info['name']}"
                self._ask("stopProcess", name, WITHOUT_WAITING, settled=[NOT_RUNNING, BAD_NAME])

    def states(self, group: str) -> Sequence[Status]:
        """Will tell what each copy does.

        Raises LauncherError.
        """
        return [_status(info) for info in self._processes() if info["group"] == group]

    def groups(self, prefix: str) -> frozenset[str]:
        """Will give the groups that are defined or still run.

        Raises LauncherError.
        """
        defined = {file.stem for file in self._definitions.glob("*.ini")}
        live = {info["group"] for info in self._processes() if PHASES.get(info["statename"]) in LIVE}
        return frozenset(name for name in defined | live if name.startswith(prefix))

    def log_tail(self, group: str, lines: int) -> str:
        """Will give what the copies wrote last.

        Raises LauncherError.
        """
        parts = []
        for info in self._processes():
            if info["group"] == group and info["stdout_logfile"]:
                text = tail(Path(info["stdout_logfile"]), lines)
                why = str(info["spawnerr"])
                parts.append("\n".join(part for part in (f"[{info['name'].partition('.')[0]}]", text, why) if part))
        return "\n".join(parts)

    def _ask(self, method: str, *arguments: Any, settled: Sequence[int] = ()) -> Any:
        try:
            return self._api.call(method, *arguments, settled=settled)
        except SupervisorError as error:
            raise LauncherError(str(error)) from error

    def _processes(self) -> list[dict[str, Any]]:
        found = self._ask("getAllProcessInfo")
        needed = {"name", "group", "statename", "start", "stdout_logfile", "spawnerr", "description"}
        if not isinstance(found, list) or not all(isinstance(info, dict) and needed <= set(info) for info in found):
            raise LauncherError("The process supervisor answered something that can't be read")
        return found

    def _sweep(self, known: Sequence[Mapping[str, Any]]) -> None:
        """Groups whose definition is gone and whose copies have ended are taken off the supervisor's list."""
        for group in {info["group"] for info in known if ".copies." in str(info["name"])}:
            if not (self._definitions / f"{group}.ini").exists():
                self._ask("removeProcessGroup", group, settled=[STILL_RUNNING, BAD_NAME])

    def _define(self, group: str, copies: Sequence[Copy]) -> bool:
        """Writes the group's files; tells whether supervisord must read them again."""
        programs = []
        for copy in copies:
            copy.log.parent.mkdir(parents=True, exist_ok=True)
            spec = self._definitions / f"{group}.{copy.name}.json"
            files.write(spec, json.dumps(asdict(copy), default=str))
            programs.append(_program(copy, spec))
        names = ",".join(f"{copy.name}.copies.{group}" for copy in copies)
        text = f"[group:{group}]\nprograms={names}\n\n" + "\n".join(program.format(group=group) for program in programs)
        file = self._definitions / f"{group}.ini"
        if file.exists() and file.read_text() == text:
            return False
        files.write(file, text)
        return True


def _program(copy: Copy, spec: Path) -> str:
    command = shlex.join([sys.executable, "-I", run.__file__, str(spec)])
    lines: Mapping[str, object] = {
        "command": command,
        "autostart": "true",
        "autorestart": "true",
        "startsecs": copy.settle_s,
        "startretries": 3,
        "stopsignal": "TERM",
        # The copy lets requests in flight end by itself; what then still runs is killed, children too.
        "stopwaitsecs": copy.drain_s + 5,
        "stopasgroup": "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": copy.log,
        "stdout_logfile_maxbytes": "2MB",
        "stdout_logfile_backups": 2,
    }
    # %, { and } mean something to supervisord or to the caller's format.
    body = "\n".join(f"{key}={value}".replace("%", "%%") for key, value in lines.items())
    escaped = body.replace("{", "{{").replace("}", "}}")
    return f"[program:{copy.name}.copies.{{group}}]\n{escaped}\n"


def _status(info: Mapping[str, Any]) -> Status:
    # The supervisor cuts its time to whole seconds: the process is at least that old, less one. Both have one clock.
    age_s = max(0.0, time.time() - float(info["start"]) - 1.0) if info["start"] else 0.0
    phase = PHASES.get(str(info["statename"]), Phase.FAILED)
    return Status(str(info["name"]).partition(".")[0], phase, age_s, str(info["spawnerr"] or info["description"]))


def _named(group: str) -> str:
    if not GROUP.fullmatch(group):
        raise LauncherError(f"{group!r} can't name a group of copies")
    return group
