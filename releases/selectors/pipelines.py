"""What pages show of pipelines: where a release's executions stand, how it was built, what was decided at gates."""

from collections.abc import Sequence
from dataclasses import dataclass

from releases.models import Build, Execution, GateDecision, GateLink, PipelineLink, Rollout
from releases.rules.pipelines.standings import MOVING, Kind

NEWEST = 5
MOST_BUILDS = 20
# A mark beside the word, so that no standing is told by its colour alone.
TONES = {
    Kind.SUCCEEDED: "ok",
    Kind.FAILED: "bad",
    Kind.STOPPED: "bad",
    Kind.STOPPING: "bad",
    Kind.PAUSED: "hold",
    Kind.WAITING: "hold",
}


@dataclass(frozen=True)
class Making:
    """How a release came to be. `link` is None where its service has no pipeline."""

    link: PipelineLink | None = None
    builds: Sequence[Build] = ()
    decisions: Sequence[GateDecision] = ()
    gate: GateLink | None = None

    @property
    def is_known(self) -> bool:
        return self.link is not None or bool(self.builds)

    @property
    def is_moving(self) -> bool:
        return any(build.execution and build.execution.standing in MOVING for build in self.builds)

    @property
    def gate_waits(self) -> bool:
        """Whether the pipeline waits at this environment's gate for a decision about this very release."""
        gate = self.gate
        return gate is not None and any(_waits_at(build.execution, gate) for build in self.builds)


def _waits_at(execution: Execution | None, gate: GateLink) -> bool:
    if execution is None or execution.standing != Kind.WAITING:
        return False
    return (execution.stage, execution.action) == (gate.stage, gate.action)


def of_release(release_id: int) -> Making:
    """Will give how the release was made: three queries, and none that grows."""
    link = PipelineLink.objects.filter(service__releases=release_id).select_related("service").first()
    decisions = GateDecision.objects.filter(rollout__release=release_id)
    return Making(
        link, _builds(release_id), list(decisions.select_related("gate__environment", "rollout")[:MOST_BUILDS])
    )


def of_rollout(rollout: Rollout) -> Making:
    """Will give how the rollout's release was made, and what was decided at the gate about this rollout."""
    link = PipelineLink.objects.filter(service=rollout.environment.service_id).select_related("service").first()
    decisions = GateDecision.objects.filter(rollout=rollout).select_related("gate__environment", "rollout")
    gate = GateLink.objects.filter(environment=rollout.environment_id).first()
    return Making(link, _builds(rollout.release_id), list(decisions[:MOST_BUILDS]), gate)


def _builds(release_id: int) -> list[Build]:
    rows = Build.objects.filter(release=release_id).select_related("execution", "release", "pipeline")
    return list(rows.order_by("-id")[:MOST_BUILDS])


def newest(link: PipelineLink) -> list[Execution]:
    """Will give the newest executions of a pipeline."""
    return list(link.executions.order_by("-started_at", "-id")[:NEWEST])


def of_service(service_id: int) -> tuple[PipelineLink | None, list[Execution]]:
    """Will give the service's pipeline with its newest executions, or nothing where it has none."""
    link = PipelineLink.objects.filter(service=service_id).first()
    return link, newest(link) if link else []
