"""`python docker/build/version.py`: names the release that HEAD is.

RELEASE_VERSION where somebody set it; else HEAD's git tag without its v (v1.4.0 is 1.4.0); else the project's version
and the first 12 digits of the commit, so that the same commit has the same name in every build of it.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What can name a release and tag an image: the portal would also take a +, a registry doesn't.
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TAG = re.compile(r"v?(\d+\.\d+\.\d+\S*)")
LENGTH_OF_COMMIT = 12


class VersionError(SystemExit):
    """Ends the step with a sentence."""


def name(root: Path, given: str = "") -> str:
    """Will name the release that HEAD of the checkout `root` is.

    Raises VersionError where files differ from HEAD, or the name can't tag an image.
    """
    if changed := _git(root, "status", "--porcelain"):
        raise VersionError(f"These files are not committed, so no commit says what is in the image:\n{changed}")
    version = given or _tagged(root) or f"{_project(root)}-{_git(root, 'rev-parse', 'HEAD')[:LENGTH_OF_COMMIT]}"
    if not VERSION.fullmatch(version):
        raise VersionError(f"{version!r} can't tag an image: letters, digits, dots, dashes, underscores, 64 at most.")
    return version


def _tagged(root: Path) -> str:
    found = [TAG.fullmatch(tag) for tag in _git(root, "tag", "--points-at", "HEAD", "--sort=-v:refname").split()]
    return next((match[1] for match in found if match), "")


def _project(root: Path) -> str:
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise VersionError(f"git could not say what is built: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.stdout.write(f"{name(ROOT, os.environ.get('RELEASE_VERSION', ''))}\n")
