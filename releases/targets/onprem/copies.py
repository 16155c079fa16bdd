"""The copies of a release on one side: what each one runs, where, and with which environment."""

from collections.abc import Collection, Sequence
from pathlib import Path

from releases.targets.base import TargetError
from releases.targets.onprem.config import Side, Site
from releases.targets.onprem.haproxy.config import copy_names
from releases.targets.onprem.launchers.base import Copy
from releases.targets.onprem.sides import Held


def of(site: Site, side: Side, held: Held, folder: Path) -> Sequence[Copy]:
    """Will say what `side` runs for `held`, whose checkout is `folder`."""
    artifact = held.artifact
    environment = {
        **site.environment,
        "PORTAL_RELEASE_VERSION": artifact.version,
        "PORTAL_RELEASE_COMMIT": artifact.commit,
        **artifact.configuration,
    }
    return [
        Copy(
            name=name,
            command=tuple(_filled(word, port=port, drain_s=site.drain_s) for word in site.command),
            folder=folder,
            environment={**environment, "PORT": str(port)},
            port=port,
            log=site.folder / "logs" / f"{held.group}.{name}.log",
            drain_s=site.drain_s,
            settle_s=site.settle_s,
            image=artifact.image or site.image,
            reads=site.reads,
        )
        for name, port in zip(copy_names(site, side), site.copy_ports[side], strict=True)
    ]


def prune_logs(site: Site, groups: Collection[str]) -> None:
    """Will remove the logs of copies that no side holds any more.

    Raises TargetError when one can't be removed.
    """
    try:
        for log in (site.folder / "logs").glob("*.log*"):
            if not log.name.startswith(tuple(f"{group}." for group in groups)):
                log.unlink(missing_ok=True)
    except OSError as error:
        raise TargetError("log-not-removed", f"An old log stays ({error.strerror})", permanent=False) from error


def _filled(word: str, *, port: int, drain_s: int) -> str:
    return word.replace("{port}", str(port)).replace("{drain_s}", str(drain_s))
