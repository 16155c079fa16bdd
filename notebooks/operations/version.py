"""Which commit of this code runs, where that can be known."""

import subprocess
from functools import cache

from django.conf import settings

LIMIT_S = 5


@cache
def commit() -> str:
    """Will give the commit: of the checkout, else what the launcher said; empty where neither knows."""
    command = ("git", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD")
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return str(settings.CONFIGURATION.release_commit)
    return asked.stdout.strip() if asked.returncode == 0 else str(settings.CONFIGURATION.release_commit)
