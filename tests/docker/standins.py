"""What stands on PATH instead of programs that a test can't run: uv, make and docker. Each notes what it was asked.

`docker` keeps images in a file and pushes them to the simulated ECR, as an engine does over the registry's API: every
build gives other bytes, so that nothing is the same image by chance. `make test` runs one real test.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

FOLDER = Path(os.environ.get("STANDINS", "."))
BASE_DIGEST = "sha256:" + hashlib.sha256(b"the base of today").hexdigest()
REVISION = "org.opencontainers.image.revision"
PROGRAMS = ("docker", "make", "uv")
TEST = "def test_that_runs():\n    assert True\n"


def install(folder: Path, python: str) -> None:
    """Puts the programs into a folder for PATH."""
    folder.mkdir()
    for name in PROGRAMS:
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{python}" "{__file__}" {name} "$@"\n')
        program.chmod(0o755)


def asked(folder: Path, program: str = "") -> list[list[str]]:
    """What was asked, in order; of one program only, without its name."""
    file = folder / "asked.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [words[1:] if program else words for words in lines if not program or words[0] == program]


def _note(words: list[str]) -> None:
    with (FOLDER / "asked.jsonl").open("a") as file:
        file.write(json.dumps(words) + "\n")


def _images() -> dict[str, Any]:
    file = FOLDER / "images.json"
    return json.loads(file.read_text()) if file.exists() else {}


def _make(words: list[str]) -> int:
    if words == os.environ.get("FAILS", "").split():
        sys.stderr.write(f"make {' '.join(words)} fails on purpose.\n")
        return 2
    if words == ["test"]:
        test = FOLDER / "test_that_runs.py"
        test.write_text(TEST)
        # PYTEST_ADDOPTS is read by it, as by the tests that it stands for.
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(test)]
        alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run([*command, "--rootdir", str(FOLDER)], env=alone, check=False).returncode
    return 0


def _build(words: list[str]) -> int:
    tag = words[words.index("--tag") + 1]
    arguments = dict(one.split("=", 1) for at, one in enumerate(words) if words[at - 1] == "--build-arg")
    images = _images()
    images[tag] = {"commit": arguments["COMMIT"], "bytes": uuid4().hex}
    (FOLDER / "images.json").write_text(json.dumps(images))
    return 0


def _push(reference: str) -> int:
    import boto3  # noqa: PLC0415 - half a second that every other program need not take

    images = _images()
    image = images[reference]
    repository, _, tag = reference.rpartition(":")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 1,
        "digest": f"sha256:{hashlib.sha256(image['bytes'].encode()).hexdigest()}",
    }
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    boto3.client("ecr").put_image(
        repositoryName=repository.partition("/")[2], imageTag=tag, imageManifest=manifest, imageDigest=digest
    )
    images[f"{repository}@{digest}"] = image
    (FOLDER / "images.json").write_text(json.dumps(images))
    return 0


def _docker(words: list[str]) -> int:
    match words:
        case ["login", *_]:
            (FOLDER / "password").write_text(sys.stdin.read())
        case ["build", *_]:
            return _build(words)
        case ["push", "--quiet", reference]:
            return _push(reference)
        case ["image", "inspect", "--format", wanted, reference] if REVISION in wanted:
            sys.stdout.write(f"{_images()[reference]['commit']}\n")
        case ["image", "inspect", "--format", "{{index .RepoDigests 0}}", reference]:
            sys.stdout.write(f"{reference.rpartition(':')[0]}@{BASE_DIGEST}\n")
        case ["pull", "--quiet", reference]:
            sys.stdout.write(f"{reference}\n")
        case _:
            sys.stderr.write(f"docker was asked what nobody expected: {words}\n")
            return 1
    return 0


def main(program: str, words: list[str]) -> int:
    _note([program, *words])
    match program:
        case "docker":
            return _docker(words)
        case "make":
            return _make(words)
        case _:
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
