"""What one account's QuickSight holds. moto keeps some of it, but describes dashboards otherwise than AWS's model."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from simulator import control
from simulator.operations import AwsError, Context
from simulator.world import WORLD

Parameters = Mapping[str, Any]


@dataclass
class Plan:
    """What the account pays for. `domains` are those of its settings, for addresses that bring none of their own.

    `tells_end` makes a frame say that its session is over; AWS's often say nothing (embedding SDK, issue 164).
    """

    is_enterprise: bool = True
    has_capacity: bool = True
    domains: tuple[str, ...] = ()
    tells_end: bool = False


@dataclass
class Resource:
    """A data source, data set, analysis or dashboard, with what Create was told."""

    arn: str
    told: Mapping[str, Any]
    made_at: datetime


@dataclass
class Session:
    """What an address of an embedded dashboard leads to."""

    id: str
    code: str
    dashboard: Resource
    is_shared: bool
    domains: tuple[str, ...]
    tags: Mapping[str, str]
    minutes: int
    made_at: datetime
    opened_at: datetime | None = None


@dataclass
class QuickSight:
    """The store of one account and region; resources by kind and id, ingestions by data set and id."""

    plan: Plan = field(default_factory=Plan)
    users: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    resources: dict[tuple[str, str], Resource] = field(default_factory=dict)
    ingestions: dict[tuple[str, str], Any] = field(default_factory=dict)

    def resource(self, kind: str, id_: str) -> Resource:
        """Will find a resource. Raises AwsError(ResourceNotFoundException)."""
        if (kind, id_) not in self.resources:
            raise AwsError("ResourceNotFoundException", f"{kind} {id_} is not found")
        return self.resources[kind, id_]


_STORES: dict[tuple[str, str], QuickSight] = {}
# A frame says nothing of the account that it is from: sessions are found by their own ids.
SESSIONS: dict[str, Session] = {}


@WORLD.on_reset
def _empty() -> None:
    _STORES.clear()
    SESSIONS.clear()


def of(context: Context) -> QuickSight:
    """Will give the QuickSight of the caller's account and region."""
    return _STORES.setdefault((context.account, context.region), QuickSight())


def refuse_standard(context: Context) -> None:
    """Will refuse what only Enterprise edition has. Raises AwsError(UnsupportedUserEditionException)."""
    if not of(context).plan.is_enterprise:
        message = "This action is not supported by the edition of this account's subscription"
        raise AwsError("UnsupportedUserEditionException", message)


def arn(kind: str, id_: str, context: Context) -> str:
    """Will write a resource's ARN."""
    return f"arn:aws:quicksight:{context.region}:{context.account}:{kind}/{id_}"


def answered(**members: Any) -> dict[str, Any]:
    """Will add what every answer of QuickSight has."""
    return {**members, "Status": 200, "RequestId": str(uuid.uuid4())}


def _control(body: control.Body) -> Any:
    """{"region", and any of "is_enterprise", "has_capacity", "domains", "tells_end"}."""
    plan = of(Context(str(body.get("account", DEFAULT_ACCOUNT_ID)), str(body["region"]), "")).plan
    for name in ("is_enterprise", "has_capacity", "tells_end"):
        setattr(plan, name, bool(body.get(name, getattr(plan, name))))
    plan.domains = tuple(body.get("domains", plan.domains))
    return vars(plan)


control.register("quicksight", _control)
