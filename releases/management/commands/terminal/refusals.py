"""How what was not done is told: what happened, what serves now, what to do; and the code a command ends with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import CommandError

from releases.models import Environment, Rollout
from releases.operations import refusal
from releases.operations.releases import Conflict, RecordingError
from releases.rules.plan import PlanError
from releases.rules.policy import PolicyError

NOTHING_CHANGED = "Nothing was changed."


class Refused(CommandError):  # noqa: N818 - it is an answer, and its name is printed before its sentence
    """It may not be done now."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=1)


class Mistake(CommandError):  # noqa: N818 - its name is printed before its sentence
    """What was written can't be meant."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=2)


def nothing_changed() -> str:
    """Will say so, where no environment is at hand that something serves."""
    return NOTHING_CHANGED


@contextmanager
def told(*, serving: Callable[[], str] = nothing_changed, advice: str = "") -> Iterator[None]:
    """Will turn what operations raise into the three parts. Raises Refused, Mistake."""
    try:
        yield
    except (refusal.Refused, Conflict) as answer:
        raise Refused(_parts(str(answer), serving(), advice)) from None
    except (refusal.Missing, RecordingError, PlanError, PolicyError) as error:
        raise Mistake(_parts(str(error), NOTHING_CHANGED, "")) from None


def serves_in(environment: Environment) -> str:
    """Will say in a sentence what serves the environment now, as it was seen last."""
    moving = (
        Rollout.objects.select_related("release", "replaces", "deployment")
        .filter(environment=environment, ended_at=None, deployment__seen__gt=0)
        .first()
    )
    if moving is not None:
        return shares_of(moving)
    serving = Environment.objects.select_related("serving").get(pk=environment.pk).serving
    return f"{serving} serves 100 %." if serving else "Nothing serves yet."


def shares_of(rollout: Rollout) -> str:
    """Will say which release takes which share."""
    seen = rollout.deployment.seen
    blue = rollout.replaces or "nothing"
    return f"Blue ({blue}) serves {100 - seen} %, green ({rollout.release}) {seen} %."


def _parts(happened: str, serves: str, advice: str) -> str:
    return " ".join(part for part in (happened, serves, advice) if part)
