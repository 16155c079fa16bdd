"""Reads what EventBridge and SNS tell of pipelines. A notice is a hint where to look, and nothing more.

So no more is taken out of it than a name: versions that are whole numbers here and fractions there, dates in English,
states in three spellings and variables with secrets in them are left where they are.
The shapes are those of EventBridge's reference (CodePipeline, CodeBuild, CodeDeploy, ECR, ECS) and of SNS.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

LONGEST_BYTES = 262_144  # what SQS, SNS and EventBridge carry at most
LONGEST_NAME = 255
_NAME = re.compile(r"[\w.@/:-]{1,255}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


class UnreadableError(ValueError):
    """It is no notice that anybody knows; the message says why, in a sentence."""


class Subject(StrEnum):
    """What a hint is about."""

    PIPELINE = "pipeline"
    PROJECT = "project"
    IMAGES = "images"
    DEPLOYMENT_GROUP = "deployment_group"
    ECS_SERVICE = "ecs_service"
    DATA_SET = "data_set"


@dataclass(frozen=True)
class Hint:
    """Something may have changed there. `within` is the application of a deployment group, the cluster of a service.

    `account` is empty where the notice doesn't name it.
    """

    subject: Subject
    region: str
    name: str
    account: str = ""
    within: str = ""


def read(text: str) -> Hint | None:
    """Will give where to look; None for a notice that is well made and about something else.

    Raises UnreadableError with a sentence.
    """
    return _read(_parsed(text), depth=0)


def _parsed(text: str) -> Mapping[str, Any]:
    if len(text.encode(errors="replace")) > LONGEST_BYTES:
        raise UnreadableError("It is longer than anything that EventBridge or SNS sends.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("It is not JSON.") from None
    if not isinstance(value, dict):
        raise UnreadableError("It is JSON, but no object.")
    return value


def _read(notice: Mapping[str, Any], *, depth: int) -> Hint | None:
    if notice.get("Type") == "Notification" and isinstance(notice.get("Message"), str):
        if depth:
            raise UnreadableError("It is an SNS message within an SNS message.")
        return _read(_of_message(notice["Message"]), depth=1)
    if "detail-type" in notice:
        return _of_eventbridge(notice)
    if isinstance(notice.get("approval"), dict):
        # What CodePipeline itself sends to the topic of a manual approval.
        return _hint(Subject.PIPELINE, notice.get("region"), notice["approval"].get("pipelineName"))
    if "deploymentGroupName" in notice:
        # What a CodeDeploy trigger sends.
        group, within = notice["deploymentGroupName"], notice.get("applicationName")
        return _hint(Subject.DEPLOYMENT_GROUP, notice.get("region"), group, notice.get("accountId"), within)
    raise UnreadableError("It has neither a detail-type nor anything else by which a notice is known.")


def _of_message(text: str) -> Mapping[str, Any]:
    try:
        return _parsed(text)
    except UnreadableError as error:
        raise UnreadableError(f"Its message can't be read: {error}") from None


def _of_eventbridge(notice: Mapping[str, Any]) -> Hint | None:
    kind = notice["detail-type"]
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return None
    detail = notice.get("detail")
    if not isinstance(detail, dict):
        raise UnreadableError(f"It is a {kind!r} without a detail.")
    subject, name, within = reader(detail, notice)
    return _hint(subject, notice.get("region"), name, notice.get("account"), within)


_Found = tuple[Subject, Any, Any]


def _pipeline(detail: Mapping[str, Any], notice: Mapping[str, Any]) -> _Found:  # noqa: ARG001 - one signature
    return Subject.PIPELINE, detail.get("pipeline"), ""


def _build(detail: Mapping[str, Any], notice: Mapping[str, Any]) -> _Found:  # noqa: ARG001 - one signature
    return Subject.PROJECT, detail.get("project-name"), ""


def _image(detail: Mapping[str, Any], notice: Mapping[str, Any]) -> _Found:  # noqa: ARG001 - one signature
    return Subject.IMAGES, detail.get("repository-name"), ""


def _deployment(detail: Mapping[str, Any], notice: Mapping[str, Any]) -> _Found:  # noqa: ARG001 - one signature
    return Subject.DEPLOYMENT_GROUP, detail.get("deploymentGroup"), detail.get("application")


def _service(detail: Mapping[str, Any], notice: Mapping[str, Any]) -> _Found:  # noqa: ARG001 - one signature
    """The service stands in `resources`: arn:aws:ecs:<region>:<account>:service/<cluster>/<service>."""
    resources = notice.get("resources")
    first = resources[0] if isinstance(resources, list) and resources else ""
    parts = str(first).rpartition(":service/")[2].split("/")
    if len(parts) != 2:
        raise UnreadableError("It names no ECS service in its resources.")
    return Subject.ECS_SERVICE, parts[1], parts[0]


def _data_set(detail: Mapping[str, Any], notice: Mapping[str, Any]) -> _Found:  # noqa: ARG001 - one signature
    """The data set's id stands in `resources` (Data Exchange's user guide, "Monitoring with EventBridge")."""
    resources = notice.get("resources")
    return Subject.DATA_SET, resources[0] if isinstance(resources, list) and resources else "", ""


_READERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], _Found]] = MappingProxyType(
    {
        "Revision Published To Data Set": _data_set,
        "Revision Revoked": _data_set,
        "CodePipeline Pipeline Execution State Change": _pipeline,
        "CodePipeline Stage Execution State Change": _pipeline,
        "CodePipeline Action Execution State Change": _pipeline,
        "CodeBuild Build State Change": _build,
        "CodeBuild Build Phase Change": _build,
        "ECR Image Action": _image,
        "CodeDeploy Deployment State-change Notification": _deployment,
        "ECS Deployment State Change": _service,
        "ECS Hook State Change": _service,
    }
)


def _hint(subject: Subject, region: Any, name: Any, account: Any = "", within: Any = "") -> Hint:
    """Will make the hint of names that can be names. Raises UnreadableError."""
    named = str(subject).replace("_", " ")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UnreadableError(f"It tells of a {named} and does not name it.")
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise UnreadableError(f"It tells of the {named} {name} and names no region.")
    if account and not (isinstance(account, str) and _ACCOUNT.fullmatch(account)):
        raise UnreadableError(f"It tells of the {named} {name} and of an account that is none.")
    if within and not (isinstance(within, str) and _NAME.fullmatch(within)):
        raise UnreadableError(f"It tells of the {named} {name} and does not say where that is.")
    return Hint(subject, region, name, account or "", within or "")
