"""What `import covid` brings in, in a process of its own: every kernel waits for it."""

import subprocess
import sys

from tests.notebooks.library.conftest import LIBRARY

# Each takes from a tenth of a second to two.
HEAVY = {"pandas", "plotly", "polars"}


def test_what_is_heavy_is_loaded_when_it_is_first_used():
    command = [sys.executable, "-c", "import covid, sys; print(*sys.modules, sep='\\n')"]
    done = subprocess.run(command, cwd=LIBRARY, capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "covid.charts" in loaded
    assert loaded & HEAVY == set()
