"""What blue and green are and what each serves: the traffic bar's facts, out of stored rows."""

from dataclasses import dataclass

from releases.models import Deployment, Environment, Rollout
from releases.rules.observation import Health
from releases.rules.states import ENDED, WITH_TRAFFIC, State

_WENT_WRONG = frozenset({State.ROLLING_BACK, State.ROLLBACK_FAILED, State.ROLLED_BACK})


@dataclass(frozen=True)
class Traffic:
    """Green's share in per cent: `asked` is what the target was told, `seen` what it does. A slot may be empty."""

    blue: str
    green: str = ""
    asked: int = 0
    seen: int = 0

    @property
    def blue_percent(self) -> int:
        return 100 - self.seen

    @property
    def agrees(self) -> bool:
        return self.asked == self.seen

    @property
    def sentence(self) -> str:
        """Will say who serves what, for those who can't see the bar."""
        blue = f"Blue {self.blue}" if self.blue else "Nothing"
        if not self.green:
            return f"{blue} serves 100 %." if self.blue else "Nothing serves yet."
        shares = f"{blue} serves {self.blue_percent} %, green {self.green} serves {self.seen} %."
        return shares if self.agrees else f"{shares} {self.asked} % was asked for green."


def deployment_of(rollout: Rollout) -> Deployment | None:
    """Will give the rollout's deployment; without a query where it was selected along."""
    try:
        return rollout.deployment
    except Deployment.DoesNotExist:
        return None


def last_words(rollout: Rollout) -> str:
    """Will give what green wrote last, where it tells why something went wrong; a healthy green's log tells nothing."""
    deployment = deployment_of(rollout)
    is_well = deployment is None or (deployment.green == Health.HEALTHY and rollout.state not in _WENT_WRONG)
    return "" if deployment is None or is_well else deployment.log_tail


def of_rollout(rollout: Rollout) -> Traffic:
    """Will give the traffic as the rollout sees it, also after it ended."""
    blue = rollout.replaces.version if rollout.replaces else ""
    deployment = deployment_of(rollout)
    if deployment is None:
        return Traffic(blue, rollout.release.version)
    if rollout.state == State.SUCCEEDED:
        return Traffic(blue, rollout.release.version, 100, 100)
    return Traffic(blue, rollout.release.version, deployment.asked, deployment.seen)


def of_environment(environment: Environment, rollout: Rollout | None) -> Traffic:
    """Will give the environment's traffic; `rollout` is the one that is on its way there, if any."""
    if rollout is not None and rollout.state not in ENDED:
        traffic = of_rollout(rollout)
        if State(rollout.state) in WITH_TRAFFIC or traffic.seen:
            return traffic
        return Traffic(environment.serving.version if environment.serving else "", rollout.release.version)
    return Traffic(environment.serving.version if environment.serving else "")
