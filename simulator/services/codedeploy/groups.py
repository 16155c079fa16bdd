"""Deployment groups, as they were made, and the calls about them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.codedeploy.models import CodeDeployBackend, codedeploy_backends

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.codedeploy import configs
from simulator.services.ecs import store as ecs
from simulator.world import WORLD

# A wait of at most two days before the old task set ends (API reference, BlueInstanceTerminationOption).
LONGEST_TERMINATION_WAIT = 2880
_KEPT = (
    *("deploymentConfigName", "serviceRoleArn", "triggerConfigurations", "alarmConfiguration"),
    *("autoRollbackConfiguration", "deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo"),
    *("ecsServices", "outdatedInstancesStrategy", "terminationHookEnabled"),
)


@dataclass(eq=False)
class Group:
    """One deployment group; `given` holds what it was made and changed with."""

    context: Context
    application: str
    name: str
    given: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    # What DeploymentGroupInfo says of the last deployment, and of the last that went well.
    last: dict[str, Any] = field(default_factory=dict)
    last_good: dict[str, Any] = field(default_factory=dict)
    revision: dict[str, Any] = field(default_factory=dict)

    def part(self, *path: str) -> Any:
        """Will give a part of the configuration by the names of its members; {} where it has none."""
        found: Any = self.given
        for name in path:
            found = found.get(name) or {}
        return found

    @property
    def service(self) -> ecs.Service | None:
        """The ECS service that is deployed, as long as it lives."""
        named = (self.given.get("ecsServices") or [{}])[0]
        key = (named.get("clusterName", "").rpartition("/")[2], named.get("serviceName", ""))
        found = ecs.services(self.context).get(key)
        return found if found is not None and found.status == "ACTIVE" else None

    @property
    def pair(self) -> Mapping[str, Any]:
        """The two target groups and the listeners."""
        pairs = self.part("loadBalancerInfo").get("targetGroupPairInfoList") or [{}]
        return dict(pairs[0])

    def listener(self, kind: str) -> str:
        """Will give the listener of "prod" or "test" traffic; "" when there is none."""
        arns = self.pair.get(f"{kind}TrafficRoute", {}).get("listenerArns") or [""]
        return str(arns[0])

    def shown(self) -> dict[str, Any]:
        """Will show it as GetDeploymentGroup does."""
        facts = {
            "applicationName": self.application,
            "deploymentGroupId": self.id,
            "deploymentGroupName": self.name,
            "computePlatform": "ECS",
            **{name: self.given[name] for name in _KEPT if name in self.given},
        }
        for member, value in (
            ("targetRevision", self.revision),
            ("lastAttemptedDeployment", self.last),
            ("lastSuccessfulDeployment", self.last_good),
        ):
            if value:
                facts[member] = value
        return facts


GROUPS: dict[tuple[str, str, str, str], Group] = {}


@WORLD.on_reset
def _empty() -> None:
    GROUPS.clear()


def find(application: str, name: str, context: Context) -> Group:
    """Will find a group. Raises AwsError when the application or the group isn't there."""
    _application(application, context)
    found = GROUPS.get((context.account, context.region, application, name))
    if found is None:
        text = f"No Deployment Group found for name: {name}"
        raise AwsError("DeploymentGroupDoesNotExistException", text)
    return found


@operation("codedeploy", "CreateDeploymentGroup")
def create_deployment_group(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will create a group for an ECS service."""
    application, name = parameters["applicationName"], parameters["deploymentGroupName"]
    _application(application, context)
    key = (context.account, context.region, application, name)
    if key in GROUPS:
        text = f"Deployment group name {name} already exists"
        raise AwsError("DeploymentGroupAlreadyExistsException", text)
    given = {"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce", **_kept(parameters)}
    _check(given, context)
    GROUPS[key] = Group(context, application, name, given)
    return {"deploymentGroupId": GROUPS[key].id}


@operation("codedeploy", "UpdateDeploymentGroup")
def update_deployment_group(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will change what is given; a deployment under way keeps what it began with."""
    group = find(parameters["applicationName"], parameters["currentDeploymentGroupName"], context)
    given = {**group.given, **_kept(parameters)}
    _check(given, context)
    group.given = given
    if parameters.get("newDeploymentGroupName"):
        GROUPS.pop((context.account, context.region, group.application, group.name))
        group.name = parameters["newDeploymentGroupName"]
        GROUPS[context.account, context.region, group.application, group.name] = group
    return {"hooksNotCleanedUp": []}


@operation("codedeploy", "DeleteDeploymentGroup")
def delete_deployment_group(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will forget a group; one that isn't there is no error."""
    GROUPS.pop(
        (context.account, context.region, parameters["applicationName"], parameters["deploymentGroupName"]), None
    )
    return {"hooksNotCleanedUp": []}


@operation("codedeploy", "GetDeploymentGroup")
def get_deployment_group(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show a group."""
    return {
        "deploymentGroupInfo": find(parameters["applicationName"], parameters["deploymentGroupName"], context).shown()
    }


@operation("codedeploy", "BatchGetDeploymentGroups")
def batch_get_deployment_groups(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show up to 100 groups of one application."""
    names = parameters["deploymentGroupNames"]
    if len(names) > 100:
        raise AwsError("BatchLimitExceededException", "At most 100 deployment groups can be asked for at once.")
    _application(parameters["applicationName"], context)
    found = [GROUPS.get((context.account, context.region, parameters["applicationName"], name)) for name in names]
    missing = [name for name, one in zip(names, found, strict=True) if one is None]
    error = {"errorMessage": f"No Deployment Group found for name: {', '.join(missing)}"} if missing else {}
    return {"deploymentGroupsInfo": [one.shown() for one in found if one], **error}


@operation("codedeploy", "ListDeploymentGroups")
def list_deployment_groups(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will name an application's groups."""
    application = parameters["applicationName"]
    _application(application, context)
    here = (context.account, context.region, application)
    return {"applicationName": application, "deploymentGroups": [key[3] for key in GROUPS if key[:3] == here]}


@operation("codedeploy", "DeleteApplication")
def delete_application(parameters: Parameters, context: Context) -> None:
    """Will forget an application and its groups."""
    name = parameters["applicationName"]
    _backend(context).applications.pop(name, None)
    for key in [key for key in GROUPS if key[:3] == (context.account, context.region, name)]:
        del GROUPS[key]


def _kept(parameters: Parameters) -> dict[str, Any]:
    return {name: parameters[name] for name in _KEPT if parameters.get(name) is not None}


def _check(given: Mapping[str, Any], context: Context) -> None:
    configs.find(given["deploymentConfigName"], context)
    options = given.get("blueGreenDeploymentConfiguration", {})
    ready = options.get("deploymentReadyOption", {})
    if ready.get("actionOnTimeout") == "CONTINUE_DEPLOYMENT" and ready.get("waitTimeInMinutes") is not None:
        text = "The wait time can only be given with the action STOP_DEPLOYMENT."
        raise AwsError("InvalidBlueGreenDeploymentConfigurationException", text)
    end = options.get("terminateBlueInstancesOnDeploymentSuccess", {})
    if end.get("action") == "KEEP_ALIVE" or end.get("terminationWaitTimeInMinutes", 0) > LONGEST_TERMINATION_WAIT:
        text = "For ECS the original task set is terminated, at most 2880 minutes after traffic has moved."
        raise AwsError("InvalidBlueGreenDeploymentConfigurationException", text)
    for named in given.get("ecsServices") or []:
        _check_service(named, context)


def _check_service(named: Mapping[str, str], context: Context) -> None:
    found = ecs.services(context).get((named["clusterName"].rpartition("/")[2], named["serviceName"]))
    if found is not None and found.controller != ecs.CODE_DEPLOY:
        text = "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller."
        raise AwsError("InvalidECSServiceException", text)


def _application(name: str, context: Context) -> None:
    if name not in _backend(context).applications:
        raise AwsError("ApplicationDoesNotExistException", f"No application found for name: {name}")


def _backend(context: Context) -> CodeDeployBackend:
    return codedeploy_backends[context.account][context.region]
