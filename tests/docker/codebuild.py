"""Runs buildspec.yml as CodeBuild does: every phase's commands in one shell, in order; a phase that fails ends it.

Read from the user guide (build specification reference): version 0.2 runs all commands in the same shell, exported
variables have the values that the shell ends with, and `on-failure: ABORT` leaves the phases after it out.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.docker import standins

ROOT = Path(__file__).parents[2]
PHASES = ("install", "pre_build", "build", "post_build")
COPIED = (".ci", "docker", "portal", "Makefile", "buildspec.yml", "pyproject.toml", "requirements.txt", ".gitignore")
WHO = {
    f"GIT_{role}_{fact}": value
    for role in ("AUTHOR", "COMMITTER")
    for fact, value in (("NAME", "Dora"), ("EMAIL", "dora@example.org"))
}
# Whatever git reads of this machine must not decide what a test sees.
GIT = {**WHO, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


def spec() -> dict[str, Any]:
    """The file as it stands."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "buildspec.yml").read_text())
    return found


@dataclass(frozen=True)
class Built:
    """How a build ended: the phase that failed, or "", all that it printed, and what it exports."""

    failed: str
    output: str
    exported: Mapping[str, str]


@dataclass
class Project:
    """A checkout with its own git history, and the stand-ins on PATH."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.source = self.folder / "source"
        self.source.mkdir()
        standins.install(self.folder / "bin", sys.executable)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, self.source / name)
        # The virtual environment is this one; .ci/install finds it, with a uv that only writes down what it was asked.
        programs = self.source / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (programs / "python").chmod(0o755)
        shutil.copy(self.folder / "bin" / "uv", programs / "uv")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("First")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=self.source,
            env={**os.environ, **GIT},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def asked(self, program: str = "") -> list[list[str]]:
        return standins.asked(self.folder, program)

    def build(self, **more: str) -> Built:
        """Will run every phase, with the project's environment and `more` of it."""
        written = self.folder / "exported"
        written.unlink(missing_ok=True)
        done = subprocess.run(
            ["bash", "-c", _script(written)],
            cwd=self.source,
            env={**self._surroundings(), **self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        failed = (self.folder / "failed").read_text().strip() if done.returncode else ""
        return Built(failed, done.stdout, _exported(written))

    def _surroundings(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        variables = {name: str(value) for name, value in spec()["env"]["variables"].items()}
        path = f"{self.folder / 'bin'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        own = {"PATH": path, "HOME": str(self.folder), "STANDINS": str(self.folder), "LANG": "C.UTF-8"}
        return {**kept, **GIT, **own, "PYTHONDONTWRITEBYTECODE": "1", **variables}


def _script(written: Path) -> str:
    lines = [f"end() {{ echo $1 > {shlex.quote(str(written.with_name('failed')))}; exit 1; }}"]
    for phase in PHASES:
        lines += [f"eval {shlex.quote(command)} || end {phase}" for command in spec()["phases"][phase]["commands"]]
    for name in spec()["env"]["exported-variables"]:
        # Only what the shell hands on is a variable of the environment.
        lines.append(f"printenv {name} | sed 's/^/{name}=/' >> {shlex.quote(str(written))}")
    return "\n".join([*lines, "exit 0"])


def _exported(written: Path) -> dict[str, str]:
    lines = written.read_text().splitlines() if written.exists() else []
    return dict(line.split("=", 1) for line in lines)
