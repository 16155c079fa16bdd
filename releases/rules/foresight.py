"""What a promotion will call outside, in order, and what was checked for it: what an approver says yes to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class PlannedCall:
    """One outside call that a promotion will make: `operation` as "codedeploy:ContinueDeployment", and what with."""

    operation: str
    what: str


@dataclass(frozen=True)
class Finding:
    """One thing that was checked before a promotion. What is no good and blocks stands against promoting."""

    code: str
    sentence: str
    is_good: bool
    is_blocking: bool = True


@dataclass(frozen=True)
class Foresight:
    """What a promotion will call, in order, and what was checked for it."""

    calls: tuple[PlannedCall, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """What stands against promoting now."""
        return tuple(finding for finding in self.findings if finding.is_blocking and not finding.is_good)


def digest(plan_digest: str, calls: tuple[PlannedCall, ...]) -> str:
    """Will give what an approval is bound to: any change of the plan, or of what it will call, gives another one."""
    text = json.dumps([plan_digest, *map(asdict, calls)], sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def to_json(foresight: Foresight) -> dict[str, Any]:
    """Will give the foresight as the database and the API keep it."""
    return asdict(foresight)


def from_json(value: Mapping[str, Any]) -> Foresight:
    """Will read what `to_json` gave."""
    return Foresight(
        tuple(PlannedCall(**call) for call in value["calls"]),
        tuple(Finding(**finding) for finding in value["findings"]),
    )
