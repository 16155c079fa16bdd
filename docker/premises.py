"""`python3 docker/premises.py [STATE]`: makes what docker/compose.yaml needs on the machine, once. As root.

That is the state folder, owned by the containers' user, and the secrets. What is there already stays as it is. It needs
no more than Python; nothing is printed that is secret.
"""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from portal.stack.plan import redis_config  # noqa: E402 - found by the line above; it needs no library

USER = 10001
STATE = "/var/lib/verdigris"
DATABASE_PORT, REDIS_PORT = 5432, 6379


def make_secrets(folder: Path) -> None:
    """Will make every secret that is missing, each in a file that only containers and root can reach."""
    # Containers see single files of it, whoever they run as; on the machine itself the folder is closed.
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    key = secrets.token_urlsafe
    database = _keep(folder / "database_password", lambda: key(32))
    redis = _keep(folder / "redis_password", lambda: key(32))
    _keep(folder / "database_url", lambda: f"postgres://verdigris:{database}@127.0.0.1:{DATABASE_PORT}/verdigris")
    _keep(folder / "redis_url", lambda: f"redis://:{redis}@127.0.0.1:{REDIS_PORT}/0")
    _keep(folder / "redis.conf", lambda: redis_config.render(port=REDIS_PORT, password=redis, folder=Path("/data")))
    _keep(folder / "secret_key", lambda: key(50))
    _keep(folder / "ledger_key", lambda: key(50))


def make_state(folder: Path) -> None:
    """Will make the state folder. Its path is one on the machine and in containers, for the engine mounts out of it."""
    for made in (folder, folder / "lake"):
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(made, USER, USER)
        made.chmod(0o700)


def _keep(file: Path, make: Callable[[], str]) -> str:
    if not file.exists():
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_text(make())
        draft.chmod(0o444)
        draft.replace(file)
    return file.read_text()


def main(words: list[str]) -> int:
    """Will make what is missing and give the exit status."""
    if os.geteuid() != 0:
        sys.stderr.write("Nothing was made: the state folder belongs to the containers' user, so run this as root.\n")
        return 1
    make_secrets(HERE / "secrets")
    make_state(Path(words[0] if words else STATE))
    sys.stdout.write("The secrets and the state folder are there. Go on with docs/docker.md.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
