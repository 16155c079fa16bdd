"""Service deployments: what each is, and how one begins, is stopped and is shown."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.services import events
from simulator.services.ecs.answers import shown
from simulator.services.ecs.lives import Life
from simulator.services.ecs.native import courses, revisions
from simulator.services.ecs.native.hooks import Run
from simulator.services.ecs.native.revisions import Revision
from simulator.services.ecs.store import Service
from simulator.services.elbv2 import traffic
from simulator.world import WORLD

ACTIVE = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
_ROLLOUT = {"SUCCESSFUL": "COMPLETED", "STOPPED": "FAILED", "ROLLBACK_SUCCESSFUL": "COMPLETED"}
_EVENTS = {
    "IN_PROGRESS": ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
    "SUCCESSFUL": ("INFO", "SERVICE_DEPLOYMENT_COMPLETED"),
    "STOPPED": ("ERROR", "SERVICE_DEPLOYMENT_FAILED"),
}


@dataclass(eq=False)
class ServiceDeployment:
    """One way from `source` (None for a service's first) to `target`."""

    service: Service
    target: Revision
    source: Revision | None
    configuration: Mapping[str, Any]
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:22])
    status: str = "PENDING"
    stage: str = ""
    reason: str = ""
    hooks: list[Run] = field(default_factory=list)
    triggered: list[str] = field(default_factory=list)
    rollback: dict[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=WORLD.now)
    updated_at: datetime = field(default_factory=WORLD.now)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    # It took the place of another that was under way: then there is something to reconcile first.
    is_replacement: bool = False
    life: Life | None = None

    @property
    def arn(self) -> str:
        return f"{self.service.arn_of('service-deployment')}/{self.id}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def strategy(self) -> str:
        return str(self.configuration.get("strategy", "ROLLING"))

    @property
    def rollout_state(self) -> str:
        """What DescribeServices.deployments says of it."""
        return _ROLLOUT.get(self.status, "FAILED" if not self.is_active else "IN_PROGRESS")

    @property
    def alarm_names(self) -> list[str]:
        alarms = self.configuration.get("alarms", {})
        return list(alarms.get("alarmNames", [])) if alarms.get("enable") else []

    def become(self, status: str, reason: str = "") -> None:
        """Will take a status, and tell EventBridge where ECS does."""
        self.status, self.reason, self.updated_at = status, reason or self.reason, WORLD.now()
        if not self.is_active:
            self.finished_at = WORLD.now()
        if status in _EVENTS:
            kind, name = _EVENTS[status]
            detail = {
                "eventType": kind,
                "eventName": name,
                "deploymentId": f"ecs-svc/{self.target.number}",
                "updatedAt": WORLD.now().isoformat(),
                "reason": self.reason or f"ECS deployment {status.lower()}.",
            }
            where = self.service.context
            events.publish("aws.ecs", "ECS Deployment State Change", detail, [self.service.arn], where)

    def enter(self, stage: str) -> None:
        """Will take a lifecycle stage."""
        self.stage, self.updated_at = stage, WORLD.now()

    def weigh(self, *, production: float | None = None, test: float | None = None) -> None:
        """Will send that much per cent of a kind of traffic to the target, and the rest to the source.

        Raises AwsError when the listener or rule is gone.
        """
        for route, weight in (("productionListenerRule", production), ("testListenerRule", test)):
            if weight is not None:
                self._route(route, weight)
        for revision, is_target in ((self.target, True), (self.source, False)):
            if revision is not None and production is not None:
                revision.production = production if is_target else 100 - production
            if revision is not None and test is not None:
                revision.test = test if is_target else 100 - test

    def _route(self, name: str, weight: float) -> None:
        balancers = self.service.given.get("loadBalancers") or [{}]
        route = balancers[0].get("advancedConfiguration", {}).get(name)
        if not route:
            return
        shares = {self.target.target_group: weight}
        if self.source is not None and self.source.target_group != self.target.target_group:
            shares[self.source.target_group] = 100 - weight
        traffic.weigh(route, shares, self.service.context)


def begin_first(service: Service) -> ServiceDeployment:
    """Will start the service's first tasks: no hooks, no bake time (not documented: our reading)."""
    balancers = service.given.get("loadBalancers") or []
    target = revisions.make(service, service.definition, balancers[0]["targetGroupArn"] if balancers else "")
    target.production = target.test = 100.0
    service.revisions = [target]
    return _begin(service, ServiceDeployment(service, target, None, service.given.get("deploymentConfiguration", {})))


def begin(service: Service, definition: Any) -> ServiceDeployment:
    """Will start a deployment of `definition`; one that is under way is stopped for it."""
    is_replacement = abandon(service)
    source = service.revisions[0]
    configuration = service.given.get("deploymentConfiguration", {})
    target = revisions.make(service, definition, _group_for(service, source, configuration))
    service.revisions = [*service.revisions, target]
    service.definition = definition
    deployment = ServiceDeployment(service, target, source, configuration, is_replacement=is_replacement)
    return _begin(service, deployment)


def abandon(service: Service) -> bool:
    """Will stop the deployment that is under way, with its traffic as it is (not documented: our reading).

    Gives False where there is none.
    """
    last = service.deployments[-1] if service.deployments else None
    if last is None or not last.is_active or last.life is None:
        return False
    last.life.interrupt(courses.Replaced())
    return True


def _begin(service: Service, deployment: ServiceDeployment) -> ServiceDeployment:
    service.deployments.append(deployment)
    deployment.life = Life(courses.course(deployment)).begin()
    courses.watch_alarms(deployment)
    return deployment


def _group_for(service: Service, source: Revision, configuration: Mapping[str, Any]) -> str:
    """Will give the target group that `source` doesn't use; a rolling deployment stays in the same."""
    balancers = service.given.get("loadBalancers") or []
    if not balancers:
        return ""
    if configuration.get("strategy", "ROLLING") == "ROLLING":
        return str(balancers[0]["targetGroupArn"])
    pair = [
        balancers[0]["targetGroupArn"],
        balancers[0].get("advancedConfiguration", {}).get("alternateTargetGroupArn"),
    ]
    return next((str(one) for one in pair if one and one != source.target_group), source.target_group)


def shown_brief(one: ServiceDeployment) -> dict[str, Any]:
    """Will show a deployment as ListServiceDeployments does."""
    return shown(
        {
            "serviceDeploymentArn": one.arn,
            "serviceArn": one.service.arn,
            "clusterArn": one.service.cluster_arn,
            "createdAt": one.created_at,
            "startedAt": one.started_at,
            "finishedAt": one.finished_at,
            "targetServiceRevisionArn": one.target.arn,
            "status": one.status,
            "statusReason": one.reason or None,
        }
    )


def shown_whole(one: ServiceDeployment) -> dict[str, Any]:
    """Will show a deployment as DescribeServiceDeployments does."""
    brief = {name: value for name, value in shown_brief(one).items() if name != "targetServiceRevisionArn"}
    breaker = bool(one.configuration.get("deploymentCircuitBreaker", {}).get("enable"))
    return shown(
        {
            **brief,
            "stoppedAt": one.stopped_at,
            "updatedAt": one.updated_at,
            "sourceServiceRevisions": [one.source.summary()] if one.source else [],
            "targetServiceRevision": one.target.summary(),
            "lifecycleStage": one.stage or None,
            "lifecycleHookDetails": [run.shown() for run in one.hooks] or None,
            "deploymentConfiguration": one.configuration or None,
            "rollback": one.rollback or None,
            "deploymentCircuitBreaker": {
                "status": "MONITORING" if breaker and one.is_active else "DISABLED",
                "failureCount": one.target.fleet.failed,
                "threshold": courses.breaker_threshold(one),
            },
            "alarms": {
                "status": _alarms_status(one),
                "alarmNames": one.alarm_names,
                "triggeredAlarmNames": one.triggered,
            },
        }
    )


def _alarms_status(one: ServiceDeployment) -> str:
    if one.triggered:
        return "TRIGGERED"
    if not one.alarm_names:
        return "DISABLED"
    return "MONITORING" if one.is_active else "MONITORING_COMPLETE"
