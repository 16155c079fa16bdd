"""A fence around one person's folder, and programs that try to get out of it."""

import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from notebooks import fence

ADA, BOB = 17, 18
LIMITS = fence.Limits(memory_mb=512, processes=64, cpu_s=30, file_mb=8, scratch_mb=8)


@dataclass
class Fenced:
    """One person's fence; `run` gives what the program printed there."""

    folder: Path
    limits: fence.Limits = LIMITS
    person: int = ADA
    shares: list[fence.Share] = field(default_factory=list)

    def __post_init__(self):
        (self.folder / "door").mkdir(mode=0o711, parents=True)
        for name in ("work", "own"):
            fence.own(self.folder / name, person_id=self.person)
        self.put_token("first")

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def door(self) -> Path:
        return self.folder / "door" / "portal.sock"

    def put_token(self, secret):
        draft = self.folder / "own" / ".token"
        draft.touch(mode=0o600)
        draft.write_text(secret)
        fence.give(draft, person_id=self.person)
        draft.replace(self.folder / "own" / "token")

    def command(self, code, **limits):
        return fence.command(
            [sys.executable, "-c", code],
            work=self.work,
            portal_socket=self.door,
            token_file=self.folder / "own" / "token",
            limits=replace(self.limits, **limits),
            shares=self.shares,
        )

    def ended(self, code, **limits):
        return subprocess.run(self.command(code, **limits), capture_output=True, text=True, timeout=60, check=False)

    def run(self, code, **limits):
        done = self.ended(code, **limits)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="session")
def _fence_stands(tmp_path_factory):
    reason = fence.reason_against(folder=tmp_path_factory.mktemp("try"), limits=LIMITS)
    if reason:
        pytest.skip(f"this machine has no fence: {reason}")


@pytest.fixture
def fenced(tmp_path, _fence_stands):
    return Fenced(tmp_path / "ada")


@pytest.fixture
def other(tmp_path, _fence_stands):
    return Fenced(tmp_path / "bob", person=BOB)
