"""Keeps this portal's calls below AWS's rate limits, so that it is never what uses an account's share up.

A call over the pace is not made and not waited for: it fails as a throttled one does, and the next tick asks again.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from botocore.exceptions import BotoCoreError


@dataclass(frozen=True)
class Rate:
    """Calls a second that are taken for long, and at once after a rest."""

    per_s: float
    burst: float


# What a call falls under: its operation, else its service, as botocore writes its id. Route 53's limit is one for all
# calls of an account (AWS's networking blog, July 2026); ECS's first number is its guide's for cluster reads,
# CloudWatch's are its quota page's. CodeDeploy, Elastic Load Balancing and the rest publish none: those are our own
# caution.
RATES: Mapping[str, Rate] = MappingProxyType(
    {
        "route-53": Rate(10, 50),
        "ecs": Rate(20, 50),
        "ecs.RegisterTaskDefinition": Rate(1, 20),
        "ecs.UpdateService": Rate(5, 20),
        "codedeploy": Rate(20, 40),
        "codedeploy.CreateDeployment": Rate(2, 10),
        "cloudwatch": Rate(9, 9),
        "cloudwatch.GetMetricData": Rate(50, 50),
        "elastic-load-balancing-v2": Rate(10, 40),
        "iam": Rate(5, 10),
        "service-quotas": Rate(5, 10),
        "ecr": Rate(10, 20),
        "codepipeline": Rate(5, 10),
        "codebuild": Rate(5, 10),
        "codecommit": Rate(10, 20),
        # Athena's quota page: active calls of an account in a Region.
        "athena": Rate(20, 80),
        "athena.GetQueryExecution": Rate(100, 200),
        "athena.GetQueryResults": Rate(100, 200),
        "glue": Rate(10, 20),
    }
)
# Taking traffic back waits for no caution of ours; AWS alone may refuse it.
UNPACED = frozenset(
    {
        *("StopDeployment", "StopServiceDeployment", "ChangeResourceRecordSets", "ModifyListener", "ModifyRule"),
        "StopQueryExecution",
    }
)
# A worker has two children, and others use the account as well: each process takes no more than this of a limit.
SHARE = 0.4


_IS_HURRYING: ContextVar[bool] = ContextVar("is_hurrying", default=False)


@contextmanager
def hurrying() -> Iterator[None]:
    """Will let every call inside pass unpaced: looks while traffic is taken back must not wait behind anybody's."""
    token = _IS_HURRYING.set(True)
    try:
        yield
    finally:
        _IS_HURRYING.reset(token)


class Paced(BotoCoreError):  # type: ignore[misc]  # noqa: N818 - it was not made, nothing failed
    """The call was not made, for it would have been one too many."""

    fmt = "{operation} waits its turn: {per_s:g} calls a second are what this portal takes of AWS's limit"


@dataclass
class Bucket:
    """Tokens that come back at `rate`; one is taken for each call."""

    rate: Rate
    at: float
    tokens: float = field(init=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.tokens = self.rate.burst * SHARE

    def take(self, now: float) -> bool:
        """Will take a token at the time `now`, in seconds, or say that there is none."""
        with self.lock:
            most = max(1.0, self.rate.burst * SHARE)
            self.tokens = min(most, self.tokens + (now - self.at) * self.rate.per_s * SHARE)
            self.at = now
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


@dataclass
class Pace:
    """The buckets of one account and region; `clock` gives seconds that only grow. What has no rate is not held."""

    clock: Callable[[], float] = time.monotonic
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def watch(self, client: Any) -> None:
        """Will hold every call of `client` to its rate."""
        client.meta.events.register("before-send", self.pass_or_refuse)

    def pass_or_refuse(self, event_name: str, **_: Any) -> None:
        """Will do nothing for a call within its rate; `event_name` is botocore's before-send.<service>.<Operation>.

        Raises Paced for one too many.
        """
        service, operation = event_name.split(".")[1:]
        name = f"{service}.{operation}" if f"{service}.{operation}" in self.rates else service
        rate = self.rates.get(name)
        if rate is None or operation in UNPACED or _IS_HURRYING.get():
            return
        now = self.clock()
        bucket = self.buckets.setdefault(name, Bucket(rate, now))
        if not bucket.take(now):
            raise Paced(operation=f"{service}:{operation}", per_s=rate.per_s * SHARE)


@dataclass
class Paces:
    """The paces of all accounts and regions, by the same rates."""

    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    made: dict[tuple[str, str], Pace] = field(default_factory=dict)

    def of(self, account: str, region: str) -> Pace:
        """Will give the pace of an account and region, the same each time."""
        return self.made.setdefault((account, region), Pace(rates=self.rates))
