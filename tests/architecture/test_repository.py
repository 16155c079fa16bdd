"""What must be true of the repository itself."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]


def test_generated_pages_are_current():
    call_command("docs", "--check")


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_layers_are_kept():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(lint)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_answers_every_wish():
    wanted = re.findall(r'^  "([A-Za-z0-9-]+)', (ROOT / "pyproject.toml").read_text().split("[tool.ruff]")[0], re.M)
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.M))
    assert {name.lower() for name in wanted} <= locked


def test_the_lock_has_a_hash_for_everything_and_no_address():
    text = (ROOT / "requirements.txt").read_text()
    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text
    assert "--find-links" not in text.splitlines()[3:]


def test_words_that_are_never_a_module():
    forbidden = {"utils", "helpers", "common", "manager", "misc"}
    apps = ("portal", "releases", "analytics", "notebooks")
    names = {path.stem for folder in apps for path in (ROOT / folder).rglob("*.py")}
    assert not names & forbidden


def test_nothing_but_this_machine_is_reached():
    with pytest.raises(OSError, match="reach only this machine"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
