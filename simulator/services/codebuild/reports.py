"""Test reports, in groups."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.world import WORLD


@dataclass(frozen=True)
class Counts:
    """How many tests ran, and how many of them passed."""

    total: int
    passed: int
    seconds: float = 12.0


@dataclass(frozen=True)
class Report:
    """One report of one build."""

    arn: str
    group: str
    name: str
    build: str
    tests: Counts
    created_at: datetime

    def described(self) -> dict[str, Any]:
        """Will describe it as BatchGetReports does."""
        failed = self.tests.total - self.tests.passed
        summary = {
            "total": self.tests.total,
            "statusCounts": {"SUCCEEDED": self.tests.passed, "FAILED": failed},
            "durationInNanoSeconds": int(self.tests.seconds * 1e9),
        }
        return {
            "arn": self.arn,
            "type": "TEST",
            "name": self.name,
            "reportGroupArn": self.group,
            "executionId": self.build,
            "status": "FAILED" if failed else "SUCCEEDED",
            "created": self.created_at,
            "exportConfig": {"exportConfigType": "NO_EXPORT"},
            "truncated": False,
            "testSummary": summary,
        }


_REPORTS: dict[str, Report] = {}
_GROUPS: dict[str, dict[str, Any]] = {}


@WORLD.on_reset
def _empty() -> None:
    _REPORTS.clear()
    _GROUPS.clear()


def write_report(group: str, build: str, tests: Counts, context: Context) -> str:
    """Will keep a report of a build and give its ARN. A buildspec's group is named `<project>-<group>`."""
    project = build.partition(":")[0]
    name = f"{project}-{group}:{uuid.uuid4()}"
    place = f"arn:aws:codebuild:{context.region}:{context.account}"
    report = Report(
        f"{place}:report/{name}", _group_arn(f"{project}-{group}", context), name, build, tests, WORLD.now()
    )
    _create_group(f"{project}-{group}", context)
    _REPORTS[report.arn] = report
    return report.arn


def _group_arn(name: str, context: Context) -> str:
    return f"arn:aws:codebuild:{context.region}:{context.account}:report-group/{name}"


def _create_group(name: str, context: Context, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    arn = _group_arn(name, context)
    made = {
        "arn": arn,
        "name": name,
        "type": "TEST",
        "exportConfig": {"exportConfigType": "NO_EXPORT"},
        "created": WORLD.now(),
        "lastModified": WORLD.now(),
        "status": "ACTIVE",
        **(facts or {}),
    }
    return _GROUPS.setdefault(arn, made)


@operation("codebuild", "CreateReportGroup")
def _create_report_group(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if _group_arn(parameters["name"], context) in _GROUPS:
        raise AwsError("ResourceAlreadyExistsException", f"Report group {parameters['name']} already exists")
    facts = {name: parameters[name] for name in ("type", "exportConfig", "tags") if parameters.get(name)}
    return {"reportGroup": _create_group(parameters["name"], context, facts)}


@operation("codebuild", "BatchGetReports")
def _batch_get_reports(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:  # noqa: ARG001 - one signature
    wanted = parameters["reportArns"]
    told = {
        "reports": [_REPORTS[arn].described() for arn in wanted if arn in _REPORTS],
        "reportsNotFound": [arn for arn in wanted if arn not in _REPORTS],
    }
    # The model wants at least one in each list, so empty ones are left out.
    return {name: found for name, found in told.items() if found}


@operation("codebuild", "ListReportsForReportGroup")
def _list_reports(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:  # noqa: ARG001 - one signature
    group = parameters["reportGroupArn"]
    if group not in _GROUPS:
        raise AwsError("ResourceNotFoundException", f"Report group {group} does not exist")
    found = [one.arn for one in _REPORTS.values() if one.group == group]
    return {"reports": found if parameters.get("sortOrder") == "ASCENDING" else found[::-1]}
