"""Builds, with plain clients, what infra/ declares: a service on Fargate with two colours, ready to be released.

`build` makes a service that CodeDeploy deploys, `build_native` one that ECS itself deploys. Both leave version 1.0.0
starting; its tasks are healthy some forty seconds of the account's time later.
"""

from simulator.stage.ground import PORT, VERSIONS, Client, Ground, lay
from simulator.stage.services import (
    BAD,
    READY_WAIT_MINUTES,
    TERMINATION_WAIT_MINUTES,
    Stage,
    build,
    build_native,
    define,
)

__all__ = [
    "BAD",
    "PORT",
    "READY_WAIT_MINUTES",
    "TERMINATION_WAIT_MINUTES",
    "VERSIONS",
    "Client",
    "Ground",
    "Stage",
    "build",
    "build_native",
    "define",
    "lay",
]
