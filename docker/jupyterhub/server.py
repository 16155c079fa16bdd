"""Starts a person's server in its container, and keeps the portal's token in COVID_TOKEN_FILE as the Hub renews it.

It asks the Hub with what JupyterHub gives every server: JUPYTERHUB_API_URL, JUPYTERHUB_USER, JUPYTERHUB_API_TOKEN.
"""

import json
import os
import sys
import threading
import urllib.request
from pathlib import Path

LOOK_EVERY_S = 60
TIMEOUT_S = 30


def main() -> None:
    """Will fetch the token, leave a process behind that keeps it fresh, and become the server that was asked for."""
    fetch()
    server = os.getpid()
    if os.fork() == 0:
        keep(server)
    else:
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - there is no shell, and the Hub chose the words


def keep(server: int) -> None:
    """Will fetch the token again and again while the server lives."""
    never = threading.Event()
    while os.getppid() == server:
        never.wait(LOOK_EVERY_S)
        try:
            fetch()
        except (OSError, KeyError, TypeError, ValueError) as error:
            # The Hub restarts, or its person must sign in again; the old token lasts for half an hour more.
            print(f"The portal's token was not renewed: {error!r}", file=sys.stderr, flush=True)  # noqa: T201


def fetch() -> None:
    """Will write the person's access token into its file. Raises OSError, KeyError, TypeError without an answer."""
    asking = urllib.request.Request(  # noqa: S310 - the Hub's own address
        f"{os.environ['JUPYTERHUB_API_URL']}/users/{os.environ['JUPYTERHUB_USER']}",
        headers={"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"},
    )
    with urllib.request.urlopen(asking, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the same
        token = json.load(answer)["auth_state"]["access_token"]
    file = Path(os.environ["COVID_TOKEN_FILE"])
    draft = file.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(token)
    draft.replace(file)


if __name__ == "__main__":
    main()
