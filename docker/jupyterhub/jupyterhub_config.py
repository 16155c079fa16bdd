"""JupyterHub for many hosts, signed in to through the portal; docs/jupyterhub.md says how it is set up.

PORTAL is the portal's address (https://releases.example.org), HUB the Hub's, CLIENT_ID and CLIENT_SECRET are what
`manage.py openid register` showed, NOTEBOOKS_IMAGE is built by the Dockerfile beside this.
"""

import asyncio
import os
import sys
import time
from typing import Any, ClassVar

from oauthenticator.generic import GenericOAuthenticator
from tornado.httpclient import HTTPClientError

PORTAL = os.environ["PORTAL"].rstrip("/")
HUB = os.environ["HUB"].rstrip("/")
# The roles with `run_notebook`, and what a notebook asks the portal with.
ROLES = {"analyst", "approver", "developer", "operator"}
SCOPES = ["openid", "profile", "query", "read"]
# Where the portal's image may write, and where a volume is the user's own from the start.
WORK = "/work"
TOKEN_FILE = "/run/portal/token"  # noqa: S105 - a path
LOOK_EVERY_S = 60


class PortalAuthenticator(GenericOAuthenticator):
    """Renews access tokens half-way through their life, as the portal does for its own notebooks."""

    renewals: ClassVar[dict[str, "asyncio.Future[dict[str, Any]]"]] = {}

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        if time.time() > token_info["renew_at"]:
            # This is how the library learns that it is time for the refresh token.
            raise HTTPClientError(401, "half of the access token's life is over")
        return await super().token_to_user(token_info)

    async def get_token_info(self, handler: Any, params: dict[str, str]) -> dict[str, Any]:
        """Will fetch tokens; those who ask with one refresh token at once get one answer.

        The portal takes a refresh token that comes twice for stolen, and ends everything that came of it.
        """
        refresh_token = params.get("refresh_token")
        if refresh_token is None:
            return await self._fetched(handler, params)
        if refresh_token not in self.renewals:
            self.renewals[refresh_token] = asyncio.ensure_future(self._fetched(handler, params))
            asyncio.get_running_loop().call_later(LOOK_EVERY_S, self.renewals.pop, refresh_token)
        return await self.renewals[refresh_token]

    async def _fetched(self, handler: Any, params: dict[str, str]) -> dict[str, Any]:
        token_info = await super().get_token_info(handler, params)
        return {**token_info, "renew_at": time.time() + token_info["expires_in"] / 2}


c = get_config()  # noqa: F821 - JupyterHub gives it

c.JupyterHub.authenticator_class = PortalAuthenticator
c.JupyterHub.bind_url = os.environ.get("HUB_BIND", "http://127.0.0.1:8000")
c.JupyterHub.hub_ip = os.environ.get("HUB_IP", "0.0.0.0")  # noqa: S104 - the servers' containers call it
c.JupyterHub.cookie_secret_file = os.environ.get("HUB_COOKIE_SECRET_FILE", "jupyterhub_cookie_secret")
# Without it each restart of the Hub would end every server.
c.JupyterHub.cleanup_servers = False

authenticator = c.PortalAuthenticator
authenticator.login_service = "Verdigris"
authenticator.auto_login = True
authenticator.client_id = os.environ["CLIENT_ID"]
authenticator.client_secret = os.environ["CLIENT_SECRET"]
authenticator.oauth_callback_url = f"{HUB}/hub/oauth_callback"
authenticator.authorize_url = f"{PORTAL}/openid/authorize/"
authenticator.token_url = f"{PORTAL}/openid/token/"
authenticator.userdata_url = f"{PORTAL}/openid/userinfo/"
authenticator.scope = SCOPES
# A name may be given to somebody else one day, and the Hub folds its case: the account's number stays.
authenticator.username_claim = "sub"
authenticator.manage_groups = True
authenticator.auth_state_groups_key = "oauth_user.groups"
authenticator.allowed_groups = ROLES
# Encrypted with JUPYTERHUB_CRYPT_KEY, without which the Hub does not start.
authenticator.enable_auth_state = True
# Whose role or account is gone is found at the next request, this often at most; a spawn always asks.
authenticator.auth_refresh_age = LOOK_EVERY_S
authenticator.refresh_pre_spawn = True

spawner = c.DockerSpawner
c.JupyterHub.spawner_class = os.environ.get("HUB_SPAWNER", "dockerspawner.DockerSpawner")
spawner.image = os.environ.get("NOTEBOOKS_IMAGE", "verdigris-jupyterhub")
spawner.name_template = "notebooks-{username}"
spawner.remove = True
spawner.volumes = {"notebooks-{username}": WORK}
spawner.network_name = os.environ.get("NOTEBOOKS_NETWORK", "notebooks")
spawner.use_internal_ip = True
spawner.notebook_dir = WORK
spawner.extra_host_config = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "read_only": True,
    "pids_limit": 256,
    "tmpfs": {"/tmp": "size=256m", "/run/portal": "size=1m,mode=0700,uid=10001,gid=10001"},  # noqa: S108 - the container's
}
c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = "4G"
c.Spawner.cpu_limit = 2.0
c.Spawner.start_timeout = 120
c.Spawner.environment = {"COVID_PORTAL": PORTAL, "COVID_TOKEN_FILE": TOKEN_FILE}
# The server fetches its person's token by itself, at its start and ever after (server.py beside this).
c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", "admin:auth_state!user"]


async def require_token(spawner: Any) -> None:
    """Will start no server that could not ask the portal."""
    if not await spawner.user.get_auth_state():
        raise RuntimeError("There is no token of the portal for this person. Nothing was started. Sign in again.")


c.Spawner.pre_spawn_hook = require_token

IDLE_S = 3600
c.JupyterHub.load_roles = [
    # A server's token has what its person has, at most.
    {"name": "user", "scopes": ["self", "admin:auth_state!user"]},
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    },
]
c.JupyterHub.services = [
    {"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_S}"]}
]
