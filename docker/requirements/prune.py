"""`python docker/requirements/prune.py SITE_PACKAGES`: removes what libraries brought along and nothing here reads.

Needs nothing but Python. Says how much went; ends with a sentence where a pattern finds nothing, for then the library
has changed and somebody should look again.
"""

import shutil
import sys
from pathlib import Path

# By library, as globs below it, each with the megabytes that it saves on disk.
UNUSED = {
    "pyarrow": (
        *("libarrow_flight.so.*", "libarrow_python_flight.so*", "_flight.*.so"),  # 34: Arrow's own RPC
        *("libarrow_s3.so.*", "_s3fs.*.so"),  # 17: another client of S3; ours is boto3
        *("include", "src", "**/*.pyx", "**/*.pxi", "**/*.pxd"),  # 8: to build against it
        *("libarrow_python.so", "libarrow_python.so.*.*.*"),  # 5: copies of what is loaded as .so.NUMBER
        "tests",  # 3
    ),
    "numpy": ("**/tests",),  # 11
    "plotly": ("labextension",),  # 5: JupyterLab reads the copy in share/jupyter
    "django": ("**/*.po",),  # 11: the sources of translations; what is read are the .mo beside them
}


class PruneError(SystemExit):
    """Ends the build with a sentence."""


def found(packages: Path) -> list[Path]:
    """Will list the files and folders that go. Raises PruneError for a pattern that finds nothing."""
    paths: list[Path] = []
    for library, patterns in UNUSED.items():
        for pattern in patterns:
            matching = sorted((packages / library).glob(pattern))
            if not matching:
                raise PruneError(f"{library} has no {pattern} (any more). Look what it has, and change {__file__}.")
            paths += matching
    return paths


def remove(paths: list[Path]) -> int:
    """Will remove files and folders, and give the bytes that they held."""
    held = 0
    for path in paths:
        held += sum(one.lstat().st_size for one in (path, *path.rglob("*")) if one.is_file())
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return held


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise PruneError("Say the folder of the libraries.")
    sys.stdout.write(f"{remove(found(Path(sys.argv[1]))) / 1e6:.0f} MB of the libraries are not needed and gone.\n")
