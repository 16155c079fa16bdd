"""What an environment demands before, while and after green takes traffic."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

# Longer times reach past the last year that a date can have.
LONGEST_S = 366 * 24 * 3600


class PolicyError(ValueError):
    """The policy can't be kept; the message says why."""


class OnDrift(StrEnum):
    """What happens when somebody changes the traffic by hand."""

    RESTORE = "restore"
    ADOPT = "adopt"


@dataclass(frozen=True)
class Policy:
    """The environment's demands; times in seconds, shares in per cent.

    Green fails a step when it gave at least `min_errors` errors at a rate of more than `max_error_percent` and more
    than `max_error_ratio` times blue's, or when its response time is more than `max_latency_ratio` times blue's and
    above `min_latency_ms`.
    Fewer than `min_requests` answers of green give no verdict.
    """

    approvals_needed: int = 1
    approval_valid_s: int = 24 * 3600
    ready_valid_s: int = 7 * 24 * 3600
    deploy_limit_s: int = 300
    rollback_limit_s: int = 120
    opens_by_itself: bool = True
    promotes_by_itself: bool = False
    locks_after_rollback: bool = True
    on_drift: OnDrift = OnDrift.RESTORE
    min_requests: int = 50
    min_errors: int = 3
    max_error_percent: float = 1.0
    max_error_ratio: float = 2.0
    max_latency_ratio: float = 2.0
    min_latency_ms: float = 50.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool | OnDrift):
                continue
            if value < 0:
                raise PolicyError(f"{field.name} can't be below 0; it is {value}.")
            if field.name.endswith("_s") and value > LONGEST_S:
                raise PolicyError(f"{field.name} is at most {LONGEST_S} seconds, a year; it is {value}.")


def to_json(policy: Policy) -> dict[str, Any]:
    """Will give the policy as the database and the API keep it."""
    return asdict(policy)


def from_json(value: Any) -> Policy:
    """Will read a policy; what is left out takes its default.

    Raises PolicyError, with a sentence, for an unknown name or a value of the wrong kind.
    """
    if not isinstance(value, dict):
        raise PolicyError("A policy is an object of names and values.")
    kinds = {field.name: type(field.default) for field in fields(Policy)}
    unknown = sorted(set(value) - set(kinds))
    if unknown:
        raise PolicyError(f"A policy knows no {', '.join(unknown)}; it knows {', '.join(kinds)}.")
    return Policy(**{name: _typed(name, kinds[name], given) for name, given in value.items()})


def _typed(name: str, kind: type, given: Any) -> Any:
    if kind is OnDrift:
        try:
            return OnDrift(given)
        except ValueError:
            raise PolicyError(f"{name} is restore or adopt, not {given!r}.") from None
    if kind is bool:
        if isinstance(given, bool):
            return given
        raise PolicyError(f"{name} is true or false, not {given!r}.")
    is_number = isinstance(given, int) or (kind is float and isinstance(given, float))
    if isinstance(given, bool) or not is_number:
        raise PolicyError(f"{name} is a {'whole number' if kind is int else 'number'}, not {given!r}.")
    return kind(given)
