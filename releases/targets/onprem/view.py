"""How one side's copies do, from two witnesses: HAProxy's checks and the launcher's processes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from releases.rules.observation import Health
from releases.targets.onprem.launchers.base import Phase, Status

COMING_UP_S = 60.0  # a copy that runs longer without passing a check does not come up, it fails


@dataclass(frozen=True)
class View:
    """One side now; `is_failed` tells that it won't come up by itself any more."""

    health: Health
    up: frozenset[str] = frozenset()
    copies: int = 0
    is_failed: bool = False
    message: str = ""

    @property
    def sentence(self) -> str:
        return f"{len(self.up)} of {self.copies} copies answer" if self.copies else "nothing runs there"


ABSENT = View(Health.ABSENT)


def judge(
    copies: Sequence[str],
    *,
    up: Collection[str],
    by_hand: Collection[str],
    statuses: Sequence[Status] | None,
    young_s: float,
) -> View:
    """Will tell how a side does; `statuses` is None where the launcher did not answer.

    A check is believed only when the process behind it is old enough to have been the one that was checked: the
    release before answered at the same port.
    """
    known = {status.name: status for status in statuses or ()}
    passed = frozenset(
        name for name in copies if name in up and (statuses is None or _is_believed(known.get(name), young_s))
    )
    missing = [name for name in copies if name not in passed]
    failed = [known[name] for name in missing if name in known and known[name].phase is Phase.FAILED]
    parts = [f"{status.name} ended and is not started again ({status.message})" for status in failed]
    if by_hand:
        parts.append(f"{', '.join(sorted(by_hand))} taken out of service by hand")
    if not missing:
        health = Health.HEALTHY
    elif not by_hand and (statuses is None or all(_is_coming_up(known.get(name)) for name in missing)):
        health = Health.STARTING
    else:
        health = Health.UNHEALTHY
    return View(health, passed, len(copies), is_failed=bool(failed), message="; ".join(parts))


def _is_believed(status: Status | None, young_s: float) -> bool:
    return status is not None and status.phase in {Phase.STARTING, Phase.RUNNING} and status.age_s >= young_s


def _is_coming_up(status: Status | None) -> bool:
    return status is not None and status.phase in {Phase.STARTING, Phase.RUNNING} and status.age_s < COMING_UP_S
