"""One process of the portal's, on the tests' database and an account whose clock is turned: killed, another goes on.

    python -m tests.journeys.lone_process DATABASE START SPEED               looks at what is due, until it is killed
    python -m tests.journeys.lone_process DATABASE START SPEED VERB NUMBER USER    asks for VERB as the person USER

START is its time in ISO form, SPEED how many of its seconds one of the machine's is.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

PAUSE_S = 0.05


def main(arguments: list[str]) -> None:
    """Will be that process."""
    database, start, speed, *asked = arguments
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django  # noqa: PLC0415 - its settings are named first

    django.setup()
    from django.db import connection  # noqa: PLC0415 - Django is set up first

    connection.settings_dict["NAME"] = database
    # Its hours are minutes: at the pace that AWS bears it would wait for its turn all the time.
    from portal.aws import clients  # noqa: PLC0415 - Django is set up first

    clients.pace_by({})
    clock = _running_from(datetime.fromisoformat(start), float(speed))
    if asked:
        _ask(*asked, clock=clock)
    else:
        _tick(clock)


def _running_from(start: datetime, speed: float) -> Callable[[], datetime]:
    began = time.monotonic()
    return lambda: start + timedelta(seconds=(time.monotonic() - began) * speed)


def _tick(clock: Callable[[], datetime]) -> None:
    from releases.operations import advance, glances  # noqa: PLC0415 - Django is set up first

    pause = threading.Event()
    while not pause.wait(PAUSE_S):
        for rollout_id in glances.due(now=clock()):
            advance.settle(rollout_id, clock=clock)


def _ask(verb: str, number: str, user: str, *, clock: Callable[[], datetime]) -> None:
    from portal.accounts import actors  # noqa: PLC0415 - Django is set up first
    from portal.accounts.models import User  # noqa: PLC0415
    from releases.operations import rollouts  # noqa: PLC0415

    by = actors.from_user(User.objects.get(pk=user))
    getattr(rollouts, verb)(rollout_id=int(number), by=by, now=clock())


if __name__ == "__main__":
    main(sys.argv[1:])
