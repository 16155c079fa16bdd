"""The account's rate of requests to Route 53, as a fault that can be switched on."""

from dataclasses import dataclass
from datetime import datetime

from simulator import control
from simulator.operations import AwsError, Context, Handler, Parameters, operation
from simulator.world import WORLD

# Since 2026-07-30 the default of an account (AWS networking blog, "change-based throttling").
REFILL_PER_S = 10.0
BURST = 50.0


@dataclass
class _Bucket:
    """Tokens on the account's clock; a request takes one."""

    is_on: bool = False
    tokens: float = BURST
    filled_at: datetime | None = None

    def take(self) -> bool:
        now = WORLD.now()
        passed_s = (now - self.filled_at).total_seconds() if self.filled_at else 0.0
        self.tokens = min(BURST, self.tokens + passed_s * REFILL_PER_S)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


_BUCKETS: dict[str, _Bucket] = {}
_SWITCH = _Bucket()


def limit_rate(*, is_on: bool = True) -> None:
    """Will throttle from now on what an account asks more often than 10 times a second, after a burst of 50."""
    _SWITCH.is_on = is_on
    _BUCKETS.clear()


def answers(name: str) -> "_Answers":
    """Will register the decorated function for a Route 53 operation, within the rate."""
    return _Answers(name)


@dataclass(frozen=True)
class _Answers:
    name: str

    def __call__(self, handler: Handler) -> Handler:
        def limited(parameters: Parameters, context: Context) -> object:
            if _SWITCH.is_on and not _BUCKETS.setdefault(context.account, _Bucket()).take():
                raise AwsError("Throttling", "Rate exceeded")
            return handler(parameters, context)

        operation("route53", self.name)(limited)  # type: ignore[arg-type]
        return handler


@WORLD.on_reset
def _off() -> None:
    limit_rate(is_on=False)


def _control(body: control.Body) -> object:
    if "is_on" in body:
        limit_rate(is_on=bool(body["is_on"]))
    return {"is_on": _SWITCH.is_on}


control.register("route53/rate", _control)
