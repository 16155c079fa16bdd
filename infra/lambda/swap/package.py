"""`python infra/lambda/swap/package.py build/swap.zip`: the function as Lambda takes it, always the same bytes."""

import argparse
import zipfile
from pathlib import Path

CODE = Path(__file__).with_name("handler.py")
# Zip's first day: whenever it is made, the same code makes the same digest.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16
UNIX = 3


def write(path: Path) -> Path:
    """Will write the zip, and give its path."""
    entry = zipfile.ZipInfo(CODE.name, LONG_AGO)
    entry.external_attr, entry.create_system, entry.compress_type = READABLE, UNIX, zipfile.ZIP_STORED
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, CODE.read_bytes())
    return path


def main() -> None:
    """Will write the zip where the command line says."""
    words = argparse.ArgumentParser(description="Package the function that swaps the blue and green URLs.")
    words.add_argument("path", type=Path)
    write(words.parse_args().path)


if __name__ == "__main__":
    main()
