"""Writes every configuration file of the stack into var/run, private and whole."""

import json
import os
from pathlib import Path

from pydantic import SecretStr

from portal import logs, runtime_paths, secrets_file
from portal.configuration import Configuration
from portal.stack.plan import error_page, redis_config, supervisor_config
from portal.stack.plan.binaries import Binary
from portal.stack.plan.ports import Ports
from portal.stack.plan.programs import Program


def write_all(
    configuration: Configuration, ports: Ports, programs: tuple[Program, ...], *, redis: Binary | None
) -> None:
    """Will write the files that supervisord, Redis and the servers read; HAProxy's is groundwork's."""
    state_dir = configuration.state_dir
    run = runtime_paths.run_folder(state_dir)
    if redis is not None and ports.redis is not None:
        _write_redis(state_dir, ports.redis, redis)
    write(run / "logging.json", json.dumps(logs.configuration(configuration.log_level), indent=2))
    write_errors(run)
    write(
        run / "supervisord.conf",
        supervisor_config.render(
            programs,
            socket=runtime_paths.supervisor_socket(state_dir),
            run=run,
            log=runtime_paths.log_folder(state_dir),
            copies=runtime_paths.copies_folder(state_dir),
            user=supervisor_config.owner(),
        ),
    )


def write_errors(run: Path) -> None:
    """Will write the pages that HAProxy shows while nothing answers."""
    write(run / "errors" / "503.http", error_page.render())
    write(run / "errors" / "notebook.http", error_page.render_notebook())


def _write_redis(state_dir: Path, port: int, redis: Binary) -> None:
    # Each kind keeps its own files: Valkey can't read what a newer Redis wrote.
    folder = state_dir.resolve() / redis.name
    folder.mkdir(mode=0o700, exist_ok=True)
    no_key: SecretStr | None = None
    password = secrets_file.read_or_make(state_dir, "redis_password", no_key)
    text = redis_config.render(port=port, password=password, folder=folder)
    write(runtime_paths.run_folder(state_dir) / "redis.conf", text)


def write(file: Path, content: str | bytes) -> None:
    """Will write the whole file or leave the one before, readable by its owner alone."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    draft.replace(file)
