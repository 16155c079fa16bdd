"""Clients, one for each service, role, region and way of retrying; made once per process."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
)
from botocore.loaders import Loader
from botocore.session import Session

from portal.aws.answers import Memory
from portal.aws.pace import Pace, Paces, Rate

# One answer may take this long; with the tries and the waits between them a call ends within CALL_LIMIT_S, which is
# shorter than any lease under which it is made.
CONNECT_S = 1.0
READ_S = 2.0
TRIES = 3
CALL_LIMIT_S = TRIES * (CONNECT_S + READ_S) + 2.0
SESSION_S = 3600


@dataclass(frozen=True)
class Access:
    """Whose rights are used, and where. An empty `role_arn` is the portal's own role.

    `session` names the role session after the person or task, so that CloudTrail tells who it was.
    """

    region: str
    role_arn: str = ""
    external_id: str = ""
    session: str = "verdigris"


_CLIENTS: dict[tuple[str, Access, bool], Any] = {}
_SESSIONS: dict[Access, Any] = {}
_PACES = Paces()
_LOADER = Loader()
_LOCK = threading.RLock()


def client(service: str, access: Access, *, may_repeat: bool = True) -> Any:
    """Will give the client of `service`, the same each time.

    `may_repeat=False` is for calls without an idempotency token that must not be done twice: botocore then tries once,
    for its retries can't know whether an answer that was lost had been done.
    """
    key = (service, access, may_repeat)
    with _LOCK:
        if key not in _CLIENTS:
            _CLIENTS[key] = _make(service, access, may_repeat=may_repeat)
        return _CLIENTS[key]


def forget_all() -> None:
    """Will drop every client and session, as after credentials changed, or at the end of a test."""
    with _LOCK:
        _CLIENTS.clear()
        _SESSIONS.clear()
        _PACES.made.clear()


def pace_by(rates: Mapping[str, Rate]) -> None:
    """Will hold this process's calls to `rates`, as where an account has others; its clients begin anew."""
    with _LOCK:
        forget_all()
        _PACES.rates = rates


def session_name(name: str) -> str:
    """Will make a name that STS takes: 2 to 64 of the characters `\\w+=,.@-` (API reference, AssumeRole)."""
    return re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)[:64].ljust(2, "-")


def _make(service: str, access: Access, *, may_repeat: bool) -> Any:
    config = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": TRIES if may_repeat else 1},
        max_pool_connections=20,
        user_agent_appid="verdigris",
    )
    made = _session(access).client(service, config=config)
    pace_of(access).watch(made)
    Memory().watch(made)
    return made


def pace_of(access: Access) -> Pace:
    """Will give the pace of an account and region: its limits are one for all of its roles."""
    # Which account a role is of stands in its ARN.
    account = access.role_arn.split(":")[4] if access.role_arn else ""
    return _PACES.of(account, access.region)


def _session(access: Access) -> Any:
    if access not in _SESSIONS:
        session = Session()
        # The services' models are read once, not once for each role.
        session.register_component("data_loader", _LOADER)
        if access.role_arn:
            _assume(session, access)
        # One for each botocore session: a second would add boto3's own handlers to it again.
        _SESSIONS[access] = boto3.Session(botocore_session=session, region_name=access.region)
    return _SESSIONS[access]


def _assume(session: Session, access: Access) -> None:
    """Will make the session take the role when it is first needed, and again before it expires."""
    own = Session()
    extra: dict[str, Any] = {"RoleSessionName": session_name(access.session), "DurationSeconds": SESSION_S}
    if access.external_id:
        extra["ExternalId"] = access.external_id
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda name, **words: _creator(own, name, access.region, **words),
        source_credentials=own.get_credentials(),
        role_arn=access.role_arn,
        extra_args=extra,
    )
    session._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - as botocore's own resolvers do
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )


def _creator(own: Session, name: str, region: str, **words: Any) -> Any:
    config = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": TRIES},
    )
    return own.create_client(name, region_name=region, config=config, **words)
