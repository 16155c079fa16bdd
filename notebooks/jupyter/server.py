"""JupyterLab on a socket that was opened for it: `python -m notebooks.jupyter.server OPTIONS`.

The socket lies outside the fence and comes in as a descriptor. Were it made by what runs inside, that could put a link
in its place, and HAProxy would follow it to any other socket of the machine.
"""

import os
import socket
import sys
from pathlib import Path

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

from notebooks.jupyter.names import DESCRIPTOR


class GivenSocketServer(ServerApp):
    """Will listen on the descriptor that the environment names."""

    def _bind_http_server_unix(self) -> bool:
        listener = socket.socket(fileno=int(os.environ[DESCRIPTOR]))
        listener.settimeout(0)
        self.http_server.add_socket(listener)
        return True


def main() -> None:
    """Will serve JupyterLab until it is told to stop or nobody uses it."""
    LabApp.serverapp_class = GivenSocketServer
    # What a Lab is set to before its person changes it: no news, no look for updates, light or dark as the system is.
    LabApp.launch_instance([*sys.argv[1:], f"--LabApp.app_settings_dir={Path(__file__).parent / 'settings'}"])


if __name__ == "__main__":
    main()
