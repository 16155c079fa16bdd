"""The rows: one file per noun. Constraints carry what must never be untrue."""

from releases.models.approval import Approval
from releases.models.deployment import Deployment
from releases.models.environment import Environment
from releases.models.freeze import Freeze
from releases.models.measurement import Measurement, SlotReading
from releases.models.notice import Heard, SetAside
from releases.models.outside import OutsideDeployment, Watch
from releases.models.pipeline import Build, Execution, GateDecision, GateLink, PipelineLink
from releases.models.release import Commit, IdempotencyKey, Release
from releases.models.request import Request
from releases.models.rollout import Rollout
from releases.models.service import Service

__all__ = [
    "Approval",
    "Build",
    "Commit",
    "Deployment",
    "Environment",
    "Execution",
    "Freeze",
    "GateDecision",
    "GateLink",
    "Heard",
    "IdempotencyKey",
    "Measurement",
    "OutsideDeployment",
    "PipelineLink",
    "Release",
    "Request",
    "Rollout",
    "Service",
    "SetAside",
    "SlotReading",
    "Watch",
]
