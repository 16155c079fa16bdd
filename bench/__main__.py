"""Runs the benchmarks, each in a process and a state folder of its own, and prints one table at the end."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import result, table
from bench.single import NAMES

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = int(os.environ.get("BENCH_LIMIT_S", "600"))
# A benchmark stops everything that it started when it is asked; only then is it killed.
GRACE_S = 60


def main(arguments: Sequence[str]) -> int:
    """Will measure and give the exit status: a missed limit is a figure, a benchmark that can't run is a failure."""
    options = _options(arguments)
    failed = []
    for name in options.names or NAMES:
        print(f"measuring {name} …", flush=True)
        (options.results / f"{name}.json").unlink(missing_ok=True)
        if _run(name, options):
            failed.append(name)
    kept = [options.results / f"{name}.json" for name in options.names or NAMES]
    print(f"\n{table.render([result.read(file) for file in kept if file.exists()])}")
    if failed:
        print(f"\nCould not run: {', '.join(failed)}. The lines above say why.", file=sys.stderr)
    return 1 if failed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which to run; all without one: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small: shows that they work, not what they measure")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results", help="where the JSON goes")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return options


def _run(name: str, options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="vd-bench-") as folder:
        command = [sys.executable, "-m", "bench.single", name, str(options.results.resolve())]
        process = subprocess.Popen(
            [*command, "--quick"] if options.quick else command,
            cwd=ROOT,
            env=environment(Path(folder)),
            stdin=subprocess.DEVNULL,
        )
        try:
            return process.wait(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            print(f"{name} took longer than {LIMIT_S} s and was stopped.", file=sys.stderr)
            return 1
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(folder: Path) -> dict[str, str]:
    """Will give an environment in which nothing of a portal that runs here is touched."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_URL"))}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_STATE_DIR": str(folder / "state"),
        "PORTAL_PORT": "19700",
        "PORTAL_INSIGHTS_PORT": "19701",
        "PORTAL_PREVIEW_PORT": "19702",
        "PORTAL_INTERNAL_PORT": "19710",
        "PYTHONUNBUFFERED": "1",
    }


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
