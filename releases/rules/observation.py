"""What a target says now, and what it can do at all."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How the copies of one slot do."""

    ABSENT = "absent"  # nothing runs there, or nothing of ours
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True)
class Observation:
    """One look at a target; percentages are whole per cent of the production traffic that green takes.

    `asked` is what the target holds as its order, `seen` what it does. `is_failed` means that green will not
    come up any more by itself, `is_finished` that it has become blue. `log_tail` is what its copies wrote last.
    """

    green: Health
    asked: int
    seen: int
    blue: Health = Health.HEALTHY
    is_failed: bool = False
    is_finished: bool = False
    outside_status: str = ""
    preview_url: str = ""
    message: str = ""
    log_tail: str = ""

    @property
    def is_blue_warm(self) -> bool:
        return self.blue is Health.HEALTHY


@dataclass(frozen=True)
class Capabilities:
    """What a target can do, so that the page offers nothing it can't.

    `call_limit_s` is the slowest answer of any verb but `start`, retries included; `start_limit_s` that of `start`.
    The rollout's lease is longer than both. `weights` are the only shares it can give, rising to 100; empty means any.
    `pace` says how it goes there by itself, where it does.
    """

    weights: tuple[int, ...] = ()
    pace: str = ""
    holds_before_traffic: bool = True
    has_preview: bool = True
    keeps_blue_warm: bool = True
    call_limit_s: float = 5.0
    start_limit_s: float = 30.0
    look_every_s: float = 0.0  # how often a rollout that waits is looked at; 0 is every tick
    rollback_s: float = 1.0  # how long taking all traffic back takes while blue is warm

    @property
    def takes_any_weight(self) -> bool:
        return not self.weights
