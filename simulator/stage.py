"""Builds, with plain clients, what infra/ declares: a service on Fargate with two colours, ready to be released.

`build` makes a service that CodeDeploy deploys, `build_native` one that ECS itself deploys. Both leave version 1.0.0
starting; its tasks run half a minute of the account's time later.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Client = Callable[[str], Any]

VERSIONS = ("1.0.0", "1.1.0", "1.2.0-bad")
BAD = "1.2.0-bad"
PORT = 8000
PRODUCTION_PORT = 80
TEST_PORT = 8080
READY_WAIT_MINUTES = 60
TERMINATION_WAIT_MINUTES = 60


@dataclass(frozen=True)
class Ground:
    """What stands under any service: network, load balancer, cluster, roles and images.

    `digests` gives the image's digest by version; `green_target_group` is the one without traffic at first.
    """

    name: str
    region: str
    account: str
    vpc: str
    subnets: tuple[str, ...]
    security_group: str
    load_balancer: str
    load_balancer_name: str
    load_balancer_zone: str
    production_listener: str
    test_listener: str
    blue_target_group: str
    green_target_group: str
    cluster: str
    repository: str
    digests: Mapping[str, str]
    log_group: str
    execution_role: str
    task_role: str
    codedeploy_role: str
    infrastructure_role: str

    def image(self, version: str) -> str:
        """Will name the image of `version` by its digest."""
        return f"{self.repository}@{self.digests[version]}"

    @property
    def target_groups(self) -> tuple[str, str]:
        """Blue's and green's target groups, as they are called."""
        return f"{self.name}-a", f"{self.name}-b"

    @property
    def preview_url(self) -> str:
        """Where the test listener answers."""
        return f"http://{self.load_balancer_name}:{TEST_PORT}/"


@dataclass(frozen=True)
class Stage:
    """One service on its ground. `application` and `group` are "" where ECS deploys by itself."""

    ground: Ground
    service: str
    family: str
    task_definition: str
    container: str = "web"
    port: int = PORT
    application: str = ""
    group: str = ""
    production_rule: str = ""
    test_rule: str = ""

    @property
    def target_config(self) -> dict[str, Any]:
        """What an environment needs to know to release here."""
        shared = {
            "region": self.ground.region,
            "cluster": self.ground.cluster,
            "service": self.service,
            "family": self.family,
            "container": self.container,
            "port": self.port,
            "preview_url": self.ground.preview_url,
        }
        if self.application:
            return {**shared, "application": self.application, "group": self.group}
        return {**shared, "strategy": "BLUE_GREEN", "step_percent": 10}


def build(client: Client, *, name: str = "covid-insights", desired: int = 2) -> Stage:
    """Will build a service `name` of `desired` tasks that CodeDeploy deploys, by client("ecs") and the like."""
    ground = lay(client, name)
    definition = define(client, ground, version=VERSIONS[0])
    _create_service(client, ground, definition, desired, deploymentController={"type": "CODE_DEPLOY"})
    _create_group(client("codedeploy"), ground)
    return Stage(ground, name, name, definition, application=name, group=name)


def build_native(client: Client, *, name: str = "covid-native", desired: int = 2, **configuration: Any) -> Stage:
    """Will build a service `name` that ECS deploys by itself, blue/green.

    `configuration` overrides members of its deploymentConfiguration, such as lifecycleHooks.
    """
    ground = lay(client, name)
    definition = define(client, ground, version=VERSIONS[0])
    rules = [_create_rule(client("elbv2"), ground, one) for one in (ground.production_listener, ground.test_listener)]
    advanced = {
        "alternateTargetGroupArn": ground.green_target_group,
        "productionListenerRule": rules[0],
        "testListenerRule": rules[1],
        "roleArn": ground.infrastructure_role,
    }
    _create_service(
        client,
        ground,
        definition,
        desired,
        advanced,
        deploymentController={"type": "ECS"},
        deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 10, **configuration},
    )
    return Stage(ground, name, name, definition, production_rule=rules[0], test_rule=rules[1])


def define(client: Client, ground: Ground, *, version: str, image: str = "", **environment: str) -> str:
    """Will register a task definition of `version`, or of `image`, and give its ARN.

    PORTAL_FAULT_START="1" in `environment` makes one whose containers never get healthy; so does the bad version.
    """
    faults = {"PORTAL_FAULT_START": "1"} if version == BAD else {}
    variables = {"PORTAL_VERSION": version, **faults, **environment}
    container = {
        "name": "web",
        "image": image or ground.image(version),
        "essential": True,
        "cpu": 256,
        "memory": 512,
        "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
        "environment": [{"name": key, "value": value} for key, value in sorted(variables.items())],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": ground.log_group,
                "awslogs-region": ground.region,
                "awslogs-stream-prefix": "web",
            },
        },
    }
    answer = client("ecs").register_task_definition(
        family=ground.name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=ground.execution_role,
        taskRoleArn=ground.task_role,
        containerDefinitions=[container],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def lay(client: Client, name: str) -> Ground:
    """Will build what stands under a service called `name`."""
    ecs = client("ecs")
    ecs.create_cluster(clusterName=name, capacityProviders=["FARGATE"])
    client("logs").create_log_group(logGroupName=f"/ecs/{name}")
    repository, digests = _push_images(client("ecr"), name)
    account = client("sts").get_caller_identity()["Account"]
    return Ground(
        name=name,
        region=ecs.meta.region_name,
        account=account,
        cluster=name,
        repository=repository,
        digests=digests,
        log_group=f"/ecs/{name}",
        **_build_network(client, name),
        **_create_roles(client("iam"), name),
    )


def _build_network(client: Client, name: str) -> dict[str, Any]:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{ec2.meta.region_name}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for n, zone in enumerate("ab")
    )
    security_group = ec2.create_security_group(GroupName=name, Description=f"Tasks of {name}", VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name=name, Subnets=list(subnets), SecurityGroups=[security_group])[
        "LoadBalancers"
    ][0]
    blue, green = (_create_target_group(elb, f"{name}-{side}", vpc) for side in "ab")
    return {
        "vpc": vpc,
        "subnets": subnets,
        "security_group": security_group,
        "load_balancer": balancer["LoadBalancerArn"],
        "load_balancer_name": balancer["DNSName"],
        "load_balancer_zone": balancer["CanonicalHostedZoneId"],
        "production_listener": _create_listener(elb, balancer["LoadBalancerArn"], PRODUCTION_PORT, blue),
        "test_listener": _create_listener(elb, balancer["LoadBalancerArn"], TEST_PORT, blue),
        "blue_target_group": blue,
        "green_target_group": green,
    }


def _create_target_group(elb: Any, name: str, vpc: str) -> str:
    answer = elb.create_target_group(
        Name=name, Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip", HealthCheckPath="/healthz"
    )
    return str(answer["TargetGroups"][0]["TargetGroupArn"])


def _create_listener(elb: Any, balancer: str, port: int, target_group: str) -> str:
    answer = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=port,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
    return str(answer["Listeners"][0]["ListenerArn"])


def _create_rule(elb: Any, ground: Ground, listener: str) -> str:
    weights = [(ground.blue_target_group, 100), (ground.green_target_group, 0)]
    forward = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights]}
    answer = elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}],
        Actions=[{"Type": "forward", "ForwardConfig": forward}],
    )
    return str(answer["Rules"][0]["RuleArn"])


def _push_images(ecr: Any, name: str) -> tuple[str, dict[str, str]]:
    uri = ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]
    digests = {}
    for version in VERSIONS:
        manifest = _write_manifest(version)
        # AWS's digest of an image is the SHA-256 of its manifest (ECR API reference, PutImage).
        digests[version] = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        ecr.put_image(repositoryName=name, imageTag=version, imageManifest=manifest, imageDigest=digests[version])
    return uri, digests


def _write_manifest(version: str) -> str:
    config = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 7023,
        "digest": f"sha256:{hashlib.sha256(version.encode()).hexdigest()}",
    }
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})


def _create_roles(iam: Any, name: str) -> dict[str, str]:
    wanted = {
        "execution_role": "ecs-tasks",
        "task_role": "ecs-tasks",
        "codedeploy_role": "codedeploy",
        "infrastructure_role": "ecs",
    }
    return {role: _create_role(iam, f"{name}-{role.replace('_', '-')}", service) for role, service in wanted.items()}


def _create_role(iam: Any, name: str, service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])


def _create_service(
    client: Client,
    ground: Ground,
    definition: str,
    desired: int,
    advanced: Mapping[str, Any] | None = None,
    **configuration: Any,
) -> None:
    balancer = {"targetGroupArn": ground.blue_target_group, "containerName": "web", "containerPort": PORT}
    client("ecs").create_service(
        cluster=ground.cluster,
        serviceName=ground.name,
        taskDefinition=definition,
        desiredCount=desired,
        launchType="FARGATE",
        loadBalancers=[{**balancer, "advancedConfiguration": dict(advanced)} if advanced else balancer],
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": list(ground.subnets),
                "securityGroups": [ground.security_group],
                "assignPublicIp": "DISABLED",
            }
        },
        healthCheckGracePeriodSeconds=30,
        **configuration,
    )


def _create_group(codedeploy: Any, ground: Ground) -> None:
    codedeploy.create_application(applicationName=ground.name, computePlatform="ECS")
    pair = {
        "targetGroups": [{"name": one} for one in ground.target_groups],
        "prodTrafficRoute": {"listenerArns": [ground.production_listener]},
        "testTrafficRoute": {"listenerArns": [ground.test_listener]},
    }
    codedeploy.create_deployment_group(
        applicationName=ground.name,
        deploymentGroupName=ground.name,
        deploymentConfigName="CodeDeployDefault.ECSAllAtOnce",
        serviceRoleArn=ground.codedeploy_role,
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        blueGreenDeploymentConfiguration={
            "deploymentReadyOption": {
                "actionOnTimeout": "STOP_DEPLOYMENT",
                "waitTimeInMinutes": READY_WAIT_MINUTES,
            },
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": TERMINATION_WAIT_MINUTES,
            },
        },
        autoRollbackConfiguration={
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
        loadBalancerInfo={"targetGroupPairInfoList": [pair]},
        ecsServices=[{"clusterName": ground.cluster, "serviceName": ground.name}],
    )
