"""`python -m portal.stack.reload`: HAProxy reads its configuration anew, after an environment was added or changed.

Nothing is dropped: connections end by themselves in the old worker, and what was asked of each server is kept.
"""

import signal
import sys

import django

from portal import configuration as settings
from portal import runtime_paths
from portal.configuration import Configuration
from portal.sockets.haproxy import Runtime, RuntimeSocketError
from portal.sockets.supervisor import SupervisorApi, SupervisorError
from portal.stack import groundwork
from portal.stack.terminal import complain, say
from portal.stack.trouble import Trouble
from releases.targets.onprem.haproxy import traffic


def reload(configuration: Configuration) -> None:
    """Will write HAProxy's configuration from the environments as they are now, and let it be read.

    Raises Trouble, RuntimeSocketError or SupervisorError.
    """
    state_dir = configuration.state_dir
    groundwork.write_haproxy(configuration)
    supervisor = SupervisorApi(runtime_paths.supervisor_socket(state_dir))
    traffic.reload(
        Runtime(runtime_paths.haproxy_socket(state_dir)),
        runtime_paths.run_folder(state_dir) / "haproxy.state",
        lambda: supervisor.call("signalProcess", "haproxy", signal.SIGUSR2.name),
    )


def main() -> int:
    """Will reload and give the exit status."""
    django.setup()
    try:
        reload(settings.read())
    except (Trouble, RuntimeSocketError, SupervisorError) as error:
        complain(f"HAProxy was not reloaded: {error}. It goes on with what it read before.")
        return 1
    say("HAProxy has read its configuration anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
