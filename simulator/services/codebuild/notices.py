"""CodeBuild's events. Its dates are English text, not ISO (EventBridge reference, CodeBuild)."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.services import events

if TYPE_CHECKING:
    from simulator.services.codebuild.builds import Build, Phase


def tell_of_build(build: "Build") -> None:
    """Will tell that a build began or ended."""
    detail = {
        "build-status": build.status,
        "project-name": build.project["name"],
        "build-id": build.arn,
        "additional-information": _more(build),
        "current-phase": build.phases[-1].type if build.phases else "SUBMITTED",
        "current-phase-context": "[]",
        "version": "1",
    }
    events.publish("aws.codebuild", "CodeBuild Build State Change", detail, [build.arn], build.context)


def tell_of_phase(build: "Build", phase: "Phase") -> None:
    """Will tell that a phase ended."""
    detail = {
        "completed-phase": phase.type,
        "project-name": build.project["name"],
        "build-id": build.arn,
        "completed-phase-context": f"[: {phase.message}]",
        "additional-information": _more(build),
        "completed-phase-status": phase.status,
        "completed-phase-duration-seconds": _seconds(phase),
        "version": "1",
        "completed-phase-start": english(phase.started_at),
        "completed-phase-end": english(phase.ended_at or phase.started_at),
    }
    events.publish("aws.codebuild", "CodeBuild Build Phase Change", detail, [build.arn], build.context)


def english(moment: datetime) -> str:
    """Will write "Sep 1, 2017 4:12:29 PM"."""
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment.year} {hour}:{moment:%M:%S %p}"


def _seconds(phase: "Phase") -> float:
    return ((phase.ended_at or phase.started_at) - phase.started_at).total_seconds()


def _more(build: "Build") -> dict[str, Any]:
    environment = build.project.get("environment", {})
    return {
        "artifact": {"location": ""},
        "environment": {
            "image": environment.get("image", ""),
            "privileged-mode": bool(environment.get("privilegedMode")),
            "compute-type": environment.get("computeType", ""),
            "type": environment.get("type", ""),
            "environment-variables": [
                {"name": one["name"], "value": one["value"], "type": one.get("type", "PLAINTEXT")}
                for one in environment.get("environmentVariables") or []
            ],
        },
        "timeout-in-minutes": float(build.project.get("timeoutInMinutes") or 60),
        "build-complete": build.is_over,
        "build-number": float(build.number),
        "initiator": build.initiator,
        "build-start-time": english(build.started_at),
        "source": _source(build.project.get("source", {})),
        "source-version": build.commit,
        "logs": {"deep-link": link_of(build)},
        "phases": [_phase(one) for one in build.phases],
        # The reference lists it; that a build that goes on has it empty is not documented: our reading.
        "exported-environment-variables": [
            {"name": name, "value": value} for name, value in sorted(build.exported.items())
        ],
    }


def link_of(build: "Build") -> str:
    """Will give the console's address of a build's log."""
    group = f"/aws/codebuild/{build.project['name']}"
    stream = build.id.partition(":")[2]
    return (
        f"https://console.aws.amazon.com/cloudwatch/home?region={build.context.region}"
        f"#logEvent:group={group};stream={stream}"
    )


def _source(source: Mapping[str, Any]) -> dict[str, str]:
    known = {"type": str(source.get("type", "NO_SOURCE"))}
    return {**known, "location": str(source["location"])} if source.get("location") else known


def _phase(phase: "Phase") -> dict[str, Any]:
    known: dict[str, Any] = {"phase-type": phase.type, "start-time": english(phase.started_at)}
    if phase.ended_at is None:
        return known
    context = [f": {phase.message}"]
    ended = {"end-time": english(phase.ended_at), "duration-in-seconds": _seconds(phase), "phase-context": context}
    return {**known, **ended, "phase-status": phase.status}
