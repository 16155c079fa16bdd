"""What a promotion will ask CodeDeploy, in order, and what was checked for it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from portal.aws import Clients
from releases.rules.foresight import Finding, Foresight, PlannedCall
from releases.targets.cloud import alarms, images, permissions, quotas
from releases.targets.cloud.calls import told
from releases.targets.codedeploy import deployments, services, surroundings
from releases.targets.codedeploy.config import CodeDeployConfig
from releases.targets.codedeploy.deployments import Deployment, Progress, Status

ACTIONS = frozenset(
    {
        *("ecs:DescribeTaskDefinition", "sts:GetCallerIdentity"),
        *alarms.ACTIONS,
        *images.ACTIONS,
        *permissions.ACTIONS,
        *quotas.ACTIONS,
    }
)
CONTINUE = "codedeploy:ContinueDeployment"
NEEDED = (CONTINUE, "codedeploy:StopDeployment", "codedeploy:GetDeployment", "codedeploy:CreateDeployment")


def of(
    clients: Clients,
    config: CodeDeployConfig,
    deployment: Deployment,
    progress: Progress,
    weights: Sequence[int],
    *,
    now: datetime,
) -> Foresight:
    """Will list the two waits that are ended, with CodeDeploy's own moves between, and check what would stop it.

    Raises TargetError.
    """
    green, blue = progress.green.target_group, progress.blue.target_group
    pace = deployments.pace_of(clients, deployment.config_name)
    definition = deployment.task_definition.rpartition("/")[2]
    moves = "; ".join(f"{weight} %" for weight in weights)
    calls = (
        PlannedCall(CONTINUE, f"{deployment.id} READY_WAIT: {definition} takes production traffic, to {moves}"),
        PlannedCall("CodeDeploy itself", f"production listener from {blue} to {green}: {pace}"),
        PlannedCall(CONTINUE, f"{deployment.id} TERMINATION_WAIT, after the bake: blue is taken down"),
    )
    return Foresight(calls, tuple(_findings(clients, config, deployment, progress, now=now)))


def _findings(
    clients: Clients, config: CodeDeployConfig, deployment: Deployment, progress: Progress, *, now: datetime
) -> Iterator[Finding]:
    green, blue = progress.green, progress.blue
    is_ready = deployment.status is Status.READY
    waits = " and waits for promotion" if is_ready else ", so it can't be continued now"
    yield Finding("ready", f"{deployment.id} is {deployment.status}{waits}", is_good=is_ready)
    yield from surroundings.patience(deployment, progress, now=now)
    is_up = green.running >= green.wanted > 0
    yield Finding("green", f"{green.running} of {green.wanted} tasks of green run", is_good=is_up)
    is_warm = blue.running >= blue.wanted > 0
    yield Finding("blue", f"{blue.running} of {blue.wanted} tasks of blue run", is_good=is_warm, is_blocking=False)
    yield _kept(deployment)
    yield _image(clients, config, deployment)
    missing = max(0, green.wanted - green.running)
    yield from quotas.findings(clients, deployment.task_definition, missing, now=now)
    group = services.group_of(clients, config)
    yield surroundings.group(group, config.group, deployment)
    service = services.describe(clients, config)
    yield from surroundings.balancer(clients, group, service.of(deployment.id), service.primary)
    yield from alarms.findings(clients, sorted({*config.alarms, *group.alarms}))
    yield permissions.finding(clients, _needed(config, deployment))


def _kept(deployment: Deployment) -> Finding:
    minutes = deployment.termination_wait_minutes
    sentence = f"CodeDeploy keeps blue for {minutes} min after the traffic moved; until then the way back is at once"
    return Finding("termination-wait", sentence, is_good=minutes > 0, is_blocking=False)


def _image(clients: Clients, config: CodeDeployConfig, deployment: Deployment) -> Finding:
    with told(f"ECS about {deployment.task_definition}"):
        described = clients("ecs").describe_task_definition(taskDefinition=deployment.task_definition)
    containers = described["taskDefinition"]["containerDefinitions"]
    return images.finding(clients, next((one["image"] for one in containers if one["name"] == config.container), ""))


def _needed(config: CodeDeployConfig, deployment: Deployment) -> Mapping[str, Sequence[str]]:
    """What this and its way back need, by what it acts on. Account and region stand in the task definition's ARN."""
    _, partition, _, region, account, _ = deployment.task_definition.split(":", 5)
    of_account = f"arn:{partition}:codedeploy:{region}:{account}"
    return {
        f"{of_account}:deploymentgroup:{config.application}/{config.group}": NEEDED,
        f"{of_account}:application:{config.application}": ("codedeploy:RegisterApplicationRevision",),
    }
