"""How JupyterLab is set up: on a socket, under the portal's address, for one person, and asking nobody outside."""

from dataclasses import dataclass
from pathlib import Path

CULL_EVERY_S = 60
NEWS_AND_UPDATES = ("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")


@dataclass(frozen=True)
class Place:
    """Where one server answers and works, by the paths that it sees itself; `root` holds `home`."""

    base_url: str
    root: Path
    home: Path
    idle_s: int


def of(place: Place) -> list[str]:
    """Will give the arguments of `python -m notebooks.jupyter.server` for a server at this place."""
    lab = place.home / ".jupyter" / "lab"
    return [
        "--no-browser",
        "--ServerApp.sock=given",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.base_url={place.base_url}",
        f"--ServerApp.root_dir={place.root}",
        f"--FileContentsManager.preferred_dir={place.home}",
        *_identity(place),
        # What a person keeps on the disk can't change how the server is set up, but their Lab's own settings stay.
        f"--LabApp.user_settings_dir={lab / 'user-settings'}",
        f"--LabApp.workspaces_dir={lab / 'workspaces'}",
        *NEWS_AND_UPDATES,
        "--LabApp.extension_manager=readonly",
        "--ServerApp.jpserver_extensions={'jupyter_lsp': False, 'jupyter_server_terminals': False}",
        "--ServerApp.terminals_enabled=False",
        "--ServerApp.quit_button=False",
        f"--ServerApp.shutdown_no_activity_timeout={place.idle_s}",
        f"--MappingKernelManager.cull_idle_timeout={place.idle_s}",
        f"--MappingKernelManager.cull_interval={CULL_EVERY_S}",
        # An open tab is no use: a page somebody forgot would hold the server for ever.
        "--MappingKernelManager.cull_connected=True",
    ]


def _identity(place: Place) -> list[str]:
    enter = f"/notebooks/enter/{place.base_url.strip('/').rpartition('/')[2]}/"
    headers = {"Content-Security-Policy": "frame-ancestors 'self'"}
    return [
        "--ServerApp.identity_provider_class=notebooks.jupyter.identity.PortalIdentity",
        "--IdentityProvider.token=",
        "--ServerApp.allow_unauthenticated_access=False",
        "--ServerApp.disable_check_xsrf=False",
        # HAProxy is the only way in and has looked at the name; what comes of another site is told by its Origin.
        "--ServerApp.allow_remote_access=True",
        "--ServerApp.trust_xheaders=True",
        # `ServerApp.login_url` is ignored; this is what is read.
        f"--ServerApp.tornado_settings={ ({'login_url': enter, 'headers': headers})!r}",
    ]
