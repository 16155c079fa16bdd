"""Services on the ground: one that CodeDeploy deploys, one that ECS deploys by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.stage.ground import PORT, VERSIONS, Client, Ground, lay

BAD = "1.2.0-bad"
READY_WAIT_MINUTES = 60
TERMINATION_WAIT_MINUTES = 60


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
    strategy: str = ""
    step_percent: float = 10

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
        return {**shared, "strategy": self.strategy, "step_percent": self.step_percent}


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
    wanted = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 10, **configuration}
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
        deploymentConfiguration=wanted,
    )
    return Stage(
        ground,
        name,
        name,
        definition,
        production_rule=rules[0],
        test_rule=rules[1],
        strategy=wanted["strategy"],
    )


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
