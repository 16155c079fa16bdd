"""`entrypoint.py haproxy`: writes HAProxy's configuration for the environments there are, for a HAProxy of its own.

The same text as `make run` makes. HAProxy reads it at its start, and again on SIGUSR2.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

from portal import configuration as settings
from portal import runtime_paths
from portal.stack import groundwork
from portal.stack.plan import files
from portal.stack.trouble import Trouble


def main() -> int:
    """Will write the files and give the exit status."""
    django.setup()
    configuration = settings.read()
    run = runtime_paths.run_folder(configuration.state_dir)
    files.write_errors(run)
    try:
        groundwork.write_haproxy(configuration)
    except Trouble as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
