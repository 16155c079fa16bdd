"""What an environment that Amazon ECS deploys by itself is made of. Typed, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from releases.targets.cloud import fields
from releases.targets.cloud.fields import ConfigError

# ECS's limits of linearConfiguration.stepPercent, canaryConfiguration.canaryPercent and
# lifecycleHooks.timeoutConfiguration.timeoutInMinutes (ECS API reference).
LEAST_LINEAR_PERCENT = 3
LONGEST_PAUSE_MINUTES = 20_160
NEEDED = ("cluster", "service", "family", "container")
OPTIONAL = ("port", "strategy", "step_percent", "preview_url", "alarms", "hooks", "pause_minutes")


class Strategy(StrEnum):
    """How ECS moves production traffic (DeploymentConfiguration.strategy)."""

    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"


@dataclass(frozen=True)
class Hook:
    """A Lambda function that ECS calls at some stages of every release, as a test of green."""

    function: str
    role: str
    stages: tuple[str, ...]


@dataclass(frozen=True)
class EcsConfig:
    """One ECS service. `step_percent` is the linear step or the canary's share; `alarms` roll a deployment back.

    `pause_minutes` is how long ECS waits at a pause before it rolls back by itself: longer than any wait of our own.
    """

    name: str
    cluster: str
    service: str
    family: str
    container: str
    port: int = 8000
    strategy: Strategy = Strategy.BLUE_GREEN
    step_percent: int = 10
    preview_url: str = ""
    alarms: tuple[str, ...] = ()
    hooks: tuple[Hook, ...] = ()
    pause_minutes: int = LONGEST_PAUSE_MINUTES

    @property
    def weights(self) -> tuple[int, ...]:
        """The shares at which green stops, in whole per cent."""
        if self.strategy is Strategy.LINEAR:
            return (*range(self.step_percent, 100, self.step_percent), 100)
        return (100,) if self.strategy is Strategy.BLUE_GREEN else (self.step_percent, 100)


def read(name: str, value: Mapping[str, Any]) -> EcsConfig:
    """Will read the configuration of the environment `name`.

    Raises ConfigError, with a sentence, for the first mistake.
    """
    fields.refuse_others("ecs", value, NEEDED, OPTIONAL)
    strategy = _strategy(value.get("strategy", Strategy.BLUE_GREEN))
    least = LEAST_LINEAR_PERCENT if strategy is Strategy.LINEAR else 1
    return EcsConfig(
        name=name,
        **{one: value[one] for one in NEEDED},
        port=fields.whole(value, "port", 8000, least=1, most=65_535),
        strategy=strategy,
        step_percent=fields.whole(value, "step_percent", 10, least=least, most=99),
        preview_url=fields.text(value, "preview_url"),
        alarms=fields.texts(value, "alarms"),
        hooks=_hooks(value.get("hooks", [])),
        pause_minutes=fields.whole(value, "pause_minutes", LONGEST_PAUSE_MINUTES, least=1, most=LONGEST_PAUSE_MINUTES),
    )


def _strategy(value: Any) -> Strategy:
    try:
        return Strategy(value)
    except ValueError:
        raise ConfigError(f"strategy is {', '.join(Strategy)}, not {value!r}.") from None


def _hooks(given: Any) -> tuple[Hook, ...]:
    members = {"function", "role", "stages"}
    if not isinstance(given, list) or not all(isinstance(one, Mapping) and set(one) == members for one in given):
        raise ConfigError(f"hooks is a list of objects with function, role and stages, not {given!r}.")
    return tuple(
        Hook(fields.text(one, "function"), fields.text(one, "role"), fields.texts(one, "stages")) for one in given
    )
