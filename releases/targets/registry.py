"""Finds the target of an environment; the only place where settings meet targets."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import docker
from django.conf import settings

from analytics.api.lake import Lake
from portal import aws, clock, runtime_paths
from portal.aws import Clients
from portal.sockets.haproxy import Runtime
from portal.sockets.supervisor import SupervisorApi
from releases.targets import memory
from releases.targets.base import History, Target, TargetError
from releases.targets.cloud import fields
from releases.targets.cloud.fields import ConfigError
from releases.targets.codedeploy import config as codedeploy
from releases.targets.codedeploy import deployments
from releases.targets.codedeploy.history import DeploymentHistory
from releases.targets.codedeploy.target import CodeDeploy
from releases.targets.dataset import config as dataset
from releases.targets.dataset.account import AccountShelf
from releases.targets.dataset.folder import FolderShelf
from releases.targets.dataset.target import Dataset
from releases.targets.ecs import config as ecs
from releases.targets.ecs import view as ecs_view
from releases.targets.ecs.target import Ecs
from releases.targets.onprem import config as onprem
from releases.targets.onprem.haproxy.traffic import Traffic
from releases.targets.onprem.launchers.base import Launcher
from releases.targets.onprem.launchers.docker import DockerLauncher
from releases.targets.onprem.launchers.supervisor import SupervisorLauncher
from releases.targets.onprem.target import OnPremises
from releases.targets.sided import config as sided
from releases.targets.sided.movers.base import Mover
from releases.targets.sided.movers.lambda_swap import LambdaSwap
from releases.targets.sided.movers.listener import Listener
from releases.targets.sided.movers.route53 import Route53
from releases.targets.sided.places import health
from releases.targets.sided.places.address import Address
from releases.targets.sided.places.base import Place
from releases.targets.sided.places.nested import Nested
from releases.targets.sided.target import TwoSided

Config = Mapping[str, Any]
T = TypeVar("T")


def target_for(kind: str, name: str, config: Config) -> Target:
    """Will give the target that serves the environment `name`.

    Raises TargetError, permanent, for an unknown kind or a configuration that can't be used.
    """
    maker = MAKERS.get(kind)
    if maker is None:
        sentence = f"There is no target {kind!r}; there are {', '.join(MAKERS)}"
        raise TargetError("target-unknown", sentence, permanent=True)
    return maker(name, config)


def site_for(name: str, config: Config) -> onprem.Site:
    """Will give the typed configuration of an on-premises environment.

    Raises TargetError, permanent, with the first mistake.
    """
    folder = Path(settings.STATE_DIR).resolve() / "onprem" / name
    try:
        return onprem.read(name, config, folder=folder, defaults=_defaults(folder))
    except onprem.SiteError as error:
        sentence = f"The configuration of {name} can't be used: {str(error).removesuffix('.')}"
        raise TargetError("configuration-wrong", sentence, permanent=True) from error


def runtime() -> Runtime:
    """Will give the socket of this machine's HAProxy."""
    return Runtime(runtime_paths.haproxy_socket(settings.STATE_DIR))


def _onprem(name: str, config: Config) -> Target:
    return OnPremises(site_for(name, config), Traffic(site_for(name, config), runtime()), _launcher())


def _launcher() -> Launcher:
    if settings.CONFIGURATION.launcher == "docker":
        try:
            return DockerLauncher(docker.from_env(timeout=5))
        except docker.errors.DockerException as error:
            raise TargetError("launcher-unanswered", f"Docker does not answer ({error})", permanent=False) from error
    api = SupervisorApi(runtime_paths.supervisor_socket(settings.STATE_DIR))
    return SupervisorLauncher(api, runtime_paths.copies_folder(settings.STATE_DIR))


def _defaults(folder: Path) -> dict[str, Any]:
    return {"environment": _environment(folder), "reads": [str((Path(settings.STATE_DIR).resolve() / SNAPSHOT).parent)]}


def _environment(folder: Path) -> dict[str, str]:
    """What every copy sees: nothing of the portal's own, whose keys and database it has no business with."""
    given = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PORTAL_SURFACE": "insights",
        "PORTAL_STATE_DIR": str(folder / "state"),
        "PORTAL_ALLOWED_HOSTS": settings.CONFIGURATION.allowed_hosts,
        "PORTAL_IS_HTTPS": str(settings.CONFIGURATION.is_https).lower(),
        "PORTAL_EMBED_ORIGINS": settings.CONFIGURATION.embed_origins,
        # Both sides answer at the addresses that either has signed.
        "PORTAL_EMBED_KEY": settings.EMBED_KEY if settings.CONFIGURATION.embed_origins else "",
        "PORTAL_SNAPSHOT": str(settings.CONFIGURATION.snapshot or Path(settings.STATE_DIR).resolve() / SNAPSHOT),
    }
    return {key: value for key, value in given.items() if value}


def _memory(name: str, config: Config) -> Target:  # noqa: ARG001 - one signature
    return memory.named(name)


def _codedeploy(name: str, config: Config) -> Target:
    return CodeDeploy(_typed(codedeploy.read, name, config), clients_for(name, config), clock.now)


def _ecs(name: str, config: Config) -> Target:
    return Ecs(_typed(ecs.read, name, config), clients_for(name, config), clock.now)


def _dataset(name: str, config: Config) -> Target:
    typed = _typed(dataset.read, name, config)
    kept = Path(settings.STATE_DIR).resolve() / "datasets" / name
    if typed.bucket:
        lake = Lake(typed.bucket, clients_for(name, config))
        return Dataset(name, typed, AccountShelf(typed.dataset, lake, kept))
    return Dataset(name, typed, FolderShelf(typed.dataset, kept))


def glance(kind: str, name: str, config: Config, outside_ids: Sequence[str]) -> Mapping[str, str]:
    """Will ask, with one call for many, how each of a place's deployments begins its `outside_status` now.

    Raises TargetError.
    """
    return GLANCES[kind](clients_for(name, config), outside_ids)


def history_for(kind: str, name: str, config: Config) -> History:
    """Will give what was deployed to a place, whoever began it.

    Raises TargetError where its configuration can't be used; KeyError for a kind of which `HISTORIES` has none.
    """
    return HISTORIES[kind](name, config)


def _deployment_history(name: str, config: Config) -> History:
    return DeploymentHistory(_typed(codedeploy.read, name, config), clients_for(name, config))


def _route53(name: str, config: Config) -> Target:
    mover = Route53(_typed(lambda _, value: sided.read_route53(value), name, config), clients_for(name, config))
    return _sided(name, config, mover)


def _listener(name: str, config: Config) -> Target:
    mover = Listener(_typed(lambda _, value: sided.read_listener(value), name, config), clients_for(name, config))
    return _sided(name, config, mover)


def _lambda_swap(name: str, config: Config) -> Target:
    mover = LambdaSwap(_typed(lambda _, value: sided.read_function(value), name, config), clients_for(name, config))
    return _sided(name, config, mover)


def _sided(name: str, config: Config, mover: Mover) -> Target:
    sides = _typed(sided.read_sides, name, config)
    places = {side: _place(f"{name}-{side}", at, config) for side, at in sides.items()}
    return TwoSided(name, mover, places, clock.now)


def _place(name: str, at: sided.At, config: Config) -> Place:
    if at.place:
        return Nested(at.name, target_for(at.place["kind"], name, _inner(at.place, config)), at.preview_url)
    if at.target_group:
        # It may stand in another region than the name.
        there = clients_for(name, {**config, "region": at.target_group.split(":")[3]})
        return Address(at.name, health.of_target_group(there, at.target_group), at.preview_url)
    return Address(at.name, health.of_health_check(clients_for(name, config), at.health_check), at.preview_url)


def _inner(place: Config, config: Config) -> Config:
    """A side's own configuration; on AWS it is in the same account and region unless it says otherwise."""
    shared = {} if place["kind"] in AT_HAND else {key: config[key] for key in fields.OF_ALL if key in config}
    return {**shared, **{key: value for key, value in place.items() if key != "kind"}}


def clients_for(name: str, config: Config) -> Clients:
    """Will give the clients of the environment's account, in the name of the environment.

    Raises TargetError, permanent, where no region is named.
    """
    region = config.get("region")
    if not region or not isinstance(region, str):
        raise TargetError("configuration-wrong", f"The configuration of {name} names no region", permanent=True)
    role_arn = config.get("role_arn", "")
    # The portal's own role has no session to be named; one client then serves all environments of a region.
    named = {"session": name, "external_id": config.get("external_id", "")} if role_arn else {}
    access = aws.Access(region, role_arn, **named)

    def client(service: str, *, may_repeat: bool = True) -> Any:
        return aws.client(service, access, may_repeat=may_repeat)

    return client


def _typed(read: Callable[[str, Config], T], name: str, config: Config) -> T:
    try:
        return read(name, config)
    except ConfigError as error:
        sentence = f"The configuration of {name} can't be used: {str(error).removesuffix('.')}"
        raise TargetError("configuration-wrong", sentence, permanent=True) from None


# Where analytics keeps the snapshot that is served now, under the state folder.
SNAPSHOT = Path("lake") / "covid-cases" / "current"
MAKERS: Mapping[str, Callable[[str, Config], Target]] = MappingProxyType(
    {
        "onprem": _onprem,
        "dataset": _dataset,
        "codedeploy": _codedeploy,
        "ecs": _ecs,
        "route53": _route53,
        "listener": _listener,
        "lambda_swap": _lambda_swap,
        "memory": _memory,
    }
)
# Asking these costs nothing that anybody counts.
AT_HAND = frozenset({"onprem", "dataset", "memory"})
# Where others may begin deployments that the portal does not know of, and every one can be listed.
HISTORIES: Mapping[str, Callable[[str, Config], History]] = MappingProxyType({"codedeploy": _deployment_history})
GLANCES: Mapping[str, Callable[[Clients, Sequence[str]], Mapping[str, str]]] = MappingProxyType(
    {"codedeploy": deployments.glance, "ecs": ecs_view.glance}
)
