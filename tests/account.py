"""The simulated AWS account of the tests: one server for all, emptied for each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from portal import aws
from simulator.faults import Fault, Kind
from simulator.server import Simulator
from simulator.world import World

REGION = "eu-west-1"
# What makes something is sent once and waited for: on a busy machine a second try would meet what the first has made.
ONCE = Config(read_timeout=60, retries={"mode": "standard", "total_max_attempts": 1})


@dataclass
class Account:
    """The account, the hands on its clock and its faults, and clients of the portal's own making."""

    url: str
    world: World
    access: aws.Access = field(default_factory=lambda: aws.Access(REGION))

    def client(self, service: str, *, may_repeat: bool = True) -> Any:
        return aws.client(service, self.access, may_repeat=may_repeat)

    def hand(self, service: str) -> Any:
        """Will give the client of a person who builds something here."""
        return _hand(service, self.url)

    def advance(self, **time: float) -> None:
        """Will turn the clock: advance(hours=48)."""
        self.world.advance(timedelta(**time))

    def fault(self, operation: str, kind: Kind = Kind.ERROR, **facts: Any) -> Fault:
        """Will make the next call of "service:Operation" go wrong."""
        service, _, name = operation.partition(":")
        return self.world.faults.add(Fault(service, name, kind, **facts))

    def calls(self, operation: str) -> list[Any]:
        """Will give the journal's calls of "service:Operation"."""
        service, _, name = operation.partition(":")
        return self.world.journal.of(name, service)


@cache
def _hand(service: str, url: str) -> Any:
    key, secret = ENVIRONMENT["AWS_ACCESS_KEY_ID"], ENVIRONMENT["AWS_SECRET_ACCESS_KEY"]
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
    return boto3.client(service, region_name=REGION, endpoint_url=url, config=ONCE, **keys)


def serve() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@dataclass
class AccountClock:
    """The account's own time, as the clock of a rollout's people."""

    account: Account

    def now(self) -> datetime:
        return self.account.world.now()

    def turn(self, seconds: float) -> None:
        self.account.advance(seconds=seconds)
