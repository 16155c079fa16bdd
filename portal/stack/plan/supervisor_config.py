"""supervisord's configuration as text."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from portal.stack.plan.programs import Program


def render(
    programs: Sequence[Program], *, socket: Path, run: Path, log: Path, copies: Path, user: str | None = None
) -> str:
    """Will give the file; `user` is named when root runs it, for supervisord wants it said."""
    root = [f"user={user}"] if user else []
    parts = [
        _section("unix_http_server", f"file={socket}", "chmod=0600"),
        _section(
            "supervisord",
            "nodaemon=true",
            f"logfile={log / 'supervisord.log'}",
            "logfile_maxbytes=2MB",
            "logfile_backups=2",
            f"pidfile={run / 'supervisord.pid'}",
            f"childlogdir={log}",
            "umask=077",
            *root,
        ),
        _section(
            "rpcinterface:supervisor",
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
        ),
        _section("supervisorctl", f"serverurl=unix://{socket}"),
        _section("include", f"files={copies}/*.ini"),
        *(_program(program, log) for program in programs),
    ]
    return "\n".join(parts)


def owner() -> str | None:
    """Will name root when this process is root's."""
    return "root" if os.geteuid() == 0 else None


def _program(program: Program, log: Path) -> str:
    environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return _section(
        f"program:{program.name}",
        f"command={shlex.join(program.command)}",
        f"priority={program.priority}",
        f"autostart={'false' if program.is_on_demand else 'true'}",
        f"autorestart={'unexpected' if program.is_on_demand else 'true'}",
        "startsecs=1",
        # It waits a second longer after each failure; giving up would leave the portal lame until a person looks.
        "startretries=1000000",
        "stopsignal=TERM",
        f"stopwaitsecs={program.stop_wait_s}",
        # Each of these ends its own children when asked; a child that outlives that is killed with the group.
        "stopasgroup=false",
        "killasgroup=true",
        "redirect_stderr=true",
        f"stdout_logfile={log / program.name}.log",
        "stdout_logfile_maxbytes=5MB",
        "stdout_logfile_backups=2",
        *([f"environment={environment}"] if environment else []),
    )


def _section(head: str, *lines: str) -> str:
    # % begins an expansion in supervisord's files.
    return "\n".join([f"[{head}]", *(line.replace("%", "%%") for line in lines), ""])
