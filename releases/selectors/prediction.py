"""What a rollback would do now and how long it took here before. Never a number that nobody measured."""

from dataclasses import dataclass
from statistics import median

from portal.audit.models import Event
from portal.web.words import counted, duration
from releases.models import Deployment, Environment, Rollout
from releases.rules.observation import Health
from releases.rules.states import WITH_TRAFFIC, State
from releases.selectors import slots

LOOKED_AT = 100
COUNTED = 14


@dataclass(frozen=True)
class Prediction:
    """`short` stands on the button, `sentence` under "If it goes wrong"."""

    short: str
    sentence: str


def of_rollout(rollout: Rollout) -> Prediction:
    """Will say which way a rollback of this rollout would take from the state it is in."""
    blue = f"blue {rollout.replaces.version}" if rollout.replaces else "blue, where nothing served"
    state = State(rollout.state)
    if state is State.QUEUED:
        return Prediction(f"nothing has started; {blue} keeps 100 %", "Nothing has started, so it is only cancelled.")
    if state in (State.DEPLOYING, State.READY):
        return Prediction(f"takes green down; {blue} keeps 100 %", "Green has no traffic, so nobody notices.")
    if state is State.ROLLING_BACK:
        return Prediction(
            f"is on its way: all traffic to {blue}", "The rollback goes on until blue is seen with 100 %."
        )
    return _with_traffic(rollout, blue)


def _with_traffic(rollout: Rollout, blue: str) -> Prediction:
    deployment = slots.deployment_of(rollout)
    is_warm = deployment is not None and deployment.blue == Health.HEALTHY
    health = (
        f"blue was last seen {deployment.blue}" if deployment and deployment.observed_at else "blue was not seen yet"
    )
    warmth = "blue is warm" if is_warm else health
    took = measured(rollout.environment_id)
    if not took:
        return Prediction(
            f"all traffic to {blue}: {warmth}",
            f"Rolling back moves all traffic to {blue}: {warmth}. No rollback was measured here yet.",
        )
    typical = duration(median(took))
    return Prediction(
        f"all traffic to {blue} in about {typical}: {warmth}",
        f"Rolling back moves all traffic to {blue}: {warmth}. It took {typical} here "
        f"(median of the last {counted(len(took), 'rollback')}).",
    )


def of_environment(environment: Environment) -> Prediction | None:
    """Will say what going back to what served before would do; None where nothing did."""
    if environment.previous is None:
        return None
    took = _way_back(environment.pk)
    to = environment.previous.version
    if not took:
        return Prediction(
            f"back to {to}; how long is not measured yet",
            f"{to} served before. It takes all traffic as soon as it answers; if it is still warm, at once.",
        )
    typical = duration(median(took))
    told = f"median of the last {counted(len(took), 'time')}"
    return Prediction(
        f"back to {to} in about {typical}", f"{to} served before. Going back took {typical} here ({told})."
    )


def measured(environment_id: int) -> list[float]:
    """Will give how many seconds the newest rollbacks of rollouts with traffic took until blue was seen with 100 %."""
    ended = _newest(environment_id, State.ROLLED_BACK, Rollout.Kind.RELEASE)
    begun = Event.objects.filter(
        rollout_id__in=list(ended), to_state=State.ROLLING_BACK, from_state__in=sorted(WITH_TRAFFIC)
    )
    starts = {event.rollout_id: event.at for event in begun}
    found = []
    for pk, deployment in ended.items():
        if pk in starts and deployment.agreed_at and deployment.agreed_at >= starts[pk]:
            found.append((deployment.agreed_at - starts[pk]).total_seconds())
    return found[:COUNTED]


def _way_back(environment_id: int) -> list[float]:
    found = []
    for deployment in _newest(environment_id, State.SUCCEEDED, Rollout.Kind.ROLLBACK).values():
        if deployment.agreed_at is not None:
            found.append((deployment.agreed_at - deployment.rollout.opened_at).total_seconds())
    return found[:COUNTED]


def _newest(environment_id: int, state: State, kind: Rollout.Kind) -> dict[int, Deployment]:
    """The deployments of the newest rollouts that ended so; looks at LOOKED_AT rollouts, however many there are."""
    rows = (
        Rollout.objects.filter(environment_id=environment_id).select_related("deployment").order_by("-pk")[:LOOKED_AT]
    )
    chosen = [row for row in rows if row.state == state and row.kind == kind]
    return {row.pk: found for row in chosen if (found := slots.deployment_of(row)) is not None}
