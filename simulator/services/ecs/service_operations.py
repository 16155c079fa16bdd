"""The calls about services."""

from collections.abc import Mapping
from typing import Any

from moto.elbv2.models import elbv2_backends

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.ecs import answers, task_sets
from simulator.services.ecs.native import configurations, deployments
from simulator.services.ecs.store import CODE_DEPLOY, ECS, Service, backend, cluster_name, definition, find, services
from simulator.services.elbv2.targets import is_in_use

# What CodeDeploy alone may change (API reference, UpdateService: "For services using the blue/green deployment
# controller, only the desired count, deployment configuration, health check grace period, ... can be updated").
_CODE_DEPLOYS_OWN = {
    "taskDefinition": "task definition",
    "networkConfiguration": "network parameters",
    "loadBalancers": "load balancers",
    "platformVersion": "platform version",
}
_STARTS_DEPLOYMENT = (
    "taskDefinition",
    "forceNewDeployment",
    "networkConfiguration",
    "loadBalancers",
    "platformVersion",
)
_MEMBERS = (
    *("loadBalancers", "networkConfiguration", "deploymentConfiguration", "launchType", "platformVersion", "tags"),
    *("healthCheckGracePeriodSeconds", "schedulingStrategy", "propagateTags", "enableECSManagedTags"),
    *("enableExecuteCommand", "capacityProviderStrategy", "serviceRegistries", "placementConstraints"),
    *("placementStrategy", "availabilityZoneRebalancing"),
)


@operation("ecs", "CreateService")
def create_service(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will create a service, whose tasks come up in time."""
    cluster, name = cluster_name(parameters.get("cluster"), context), parameters["serviceName"]
    known = services(context).get((cluster, name))
    if known is not None and known.status == "ACTIVE":
        raise AwsError("InvalidParameterException", "Creation of service was not idempotent.")
    _check(parameters, context)
    service = Service(
        context=context,
        cluster=cluster,
        name=name,
        definition=definition(parameters.get("taskDefinition", ""), context),
        desired=int(parameters.get("desiredCount") or 0),
        given={member: parameters[member] for member in _MEMBERS if member in parameters},
        controller=parameters.get("deploymentController", {}).get("type", ECS),
    )
    services(context)[cluster, name] = service
    if service.controller == CODE_DEPLOY:
        task_sets.create(service, service.definition, service.door, status="PRIMARY", started_by="ECS")
    elif service.controller == ECS:
        deployments.begin_first(service)
    return {"service": answers.service(service)}


@operation("ecs", "UpdateService")
def update_service(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will change a service; what makes its tasks new starts a deployment."""
    service = find(parameters.get("cluster"), parameters["service"], context)
    if service.controller == CODE_DEPLOY:
        _refuse_code_deploys_own(parameters)
    target = definition(parameters["taskDefinition"], context) if parameters.get("taskDefinition") else None
    _check(parameters, context)
    service.given |= {member: parameters[member] for member in _MEMBERS if parameters.get(member) is not None}
    if parameters.get("desiredCount") is not None:
        service.desired = int(parameters["desiredCount"])
        _scale(service)
    if service.controller == ECS and any(parameters.get(member) for member in _STARTS_DEPLOYMENT):
        is_same = target in {None, service.definition} and not parameters.get("forceNewDeployment")
        if not is_same or any(parameters.get(member) for member in _STARTS_DEPLOYMENT[2:]):
            deployments.begin(service, target or service.definition)
    return {"service": answers.service(service)}


@operation("ecs", "DescribeServices")
def describe_services(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show the services that are there, and name those that aren't as MISSING."""
    cluster = cluster_name(parameters.get("cluster"), context)
    if not 1 <= len(parameters["services"]) <= 10:
        raise AwsError("InvalidParameterException", "Services must hold 1 to 10 names.")
    found, failures = [], []
    for name in parameters["services"]:
        service = services(context).get((cluster, name.rpartition("/")[2]))
        if service is None:
            missing = f"arn:aws:ecs:{context.region}:{context.account}:service/{cluster}/{name.rpartition('/')[2]}"
            failures.append({"arn": missing, "reason": "MISSING"})
        else:
            found.append(answers.service(service, with_tags="TAGS" in (parameters.get("include") or [])))
    return {"services": found, "failures": failures}


@operation("ecs", "ListServices")
def list_services(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will list a cluster's services, a page of `maxResults` (10 unless told) at a time."""
    cluster = cluster_name(parameters.get("cluster"), context)
    arns = [one.arn for (where, _), one in services(context).items() if where == cluster and one.status == "ACTIVE"]
    start, size = int(parameters.get("nextToken") or 0), int(parameters.get("maxResults") or 10)
    more = {"nextToken": str(start + size)} if start + size < len(arns) else {}
    return {"serviceArns": arns[start : start + size], **more}


@operation("ecs", "DeleteService")
def delete_service(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will stop the service's tasks and let it be forgotten."""
    cluster = cluster_name(parameters.get("cluster"), context)
    service = services(context).get((cluster, parameters["service"].rpartition("/")[2]))
    if service is None or service.status != "ACTIVE":
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.desired and not parameters.get("force"):
        text = "The service cannot be stopped while it is scaled above 0."
        raise AwsError("InvalidParameterException", text)
    deployments.abandon(service)
    for fleet in service.fleets():
        fleet.scale(0)
    service.desired = 0
    service.status = "INACTIVE"
    return {"service": {**answers.service(service), "status": "DRAINING"}}


@operation("ecs", "ListTagsForResource")
def list_tags_for_resource(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will list the tags of a service, or of what moto keeps."""
    service = _tagged(parameters, context)
    if service is None:
        return {"tags": backend(context).list_tags_for_resource(parameters["resourceArn"])}
    return {"tags": service.given.get("tags") or []}


@operation("ecs", "TagResource")
def tag_resource(parameters: Parameters, context: Context) -> None:
    """Will tag a service, or what moto keeps."""
    service, tags = _tagged(parameters, context), {one["key"]: one["value"] for one in parameters["tags"]}
    if service is None:
        backend(context).tag_resource(parameters["resourceArn"], tags)
        return
    known = {one["key"]: one["value"] for one in service.given.get("tags") or []}
    service.given["tags"] = [{"key": key, "value": value} for key, value in {**known, **tags}.items()]


@operation("ecs", "UntagResource")
def untag_resource(parameters: Parameters, context: Context) -> None:
    """Will take tags off a service, or off what moto keeps."""
    service = _tagged(parameters, context)
    if service is None:
        backend(context).untag_resource(parameters["resourceArn"], parameters["tagKeys"])
        return
    kept = [one for one in service.given.get("tags") or [] if one["key"] not in parameters["tagKeys"]]
    service.given["tags"] = kept


def _tagged(parameters: Parameters, context: Context) -> Service | None:
    kind, _, path = parameters["resourceArn"].partition(":service/")
    if not path or not kind.startswith("arn:"):
        return None
    cluster, _, name = path.partition("/")
    return find(cluster, name, context)


def _refuse_code_deploys_own(parameters: Mapping[str, Any]) -> None:
    for member, words in _CODE_DEPLOYS_OWN.items():
        if parameters.get(member):
            raise AwsError(
                "InvalidParameterException",
                f"Unable to update {words} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to "
                "trigger a new deployment.",
            )


def _check(parameters: Mapping[str, Any], context: Context) -> None:
    configurations.check(parameters.get("deploymentConfiguration") or {})
    balancers = elbv2_backends[context.account][context.region]
    for told in parameters.get("loadBalancers") or []:
        arn, alternate = (
            told.get("targetGroupArn"),
            told.get("advancedConfiguration", {}).get("alternateTargetGroupArn"),
        )
        for one in (arn, alternate):
            if one and one not in balancers.target_groups:
                raise AwsError("InvalidParameterException", f"The target group {one} does not exist.")
        if arn and not is_in_use(balancers, arn):
            text = f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            raise AwsError("InvalidParameterException", text)


def _scale(service: Service) -> None:
    for one in service.task_sets:
        task_sets.scale(service, one)
    if service.revisions:
        service.revisions[-1].fleet.scale(service.desired)
