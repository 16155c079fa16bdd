"""Deployment configurations: how traffic is shifted, and the calls about them."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.world import WORLD

_CANARY = {"10Percent5Minutes": (10, 5), "10Percent15Minutes": (10, 15)}
_LINEAR = {"10PercentEvery1Minutes": (10, 1), "10PercentEvery3Minutes": (10, 3)}


@dataclass(frozen=True)
class Config:
    """One configuration. `routing` is its trafficRoutingConfig."""

    name: str
    platform: str
    routing: Mapping[str, Any] = field(default_factory=dict)
    healthy_hosts: Mapping[str, Any] | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=WORLD.now)

    def steps(self) -> Iterator[tuple[float, float]]:
        """Will give green's weights, per cent, and the seconds for which each is held before the next."""
        match self.routing.get("type"):
            case "TimeBasedCanary":
                canary = self.routing["timeBasedCanary"]
                yield float(canary["canaryPercentage"]), canary["canaryInterval"] * 60.0
            case "TimeBasedLinear":
                linear = self.routing["timeBasedLinear"]
                for weight in range(linear["linearPercentage"], 100, linear["linearPercentage"]):
                    yield float(weight), linear["linearInterval"] * 60.0
        yield 100.0, 0.0

    def shown(self) -> dict[str, Any]:
        """Will show it as GetDeploymentConfig does."""
        facts = {
            "deploymentConfigId": self.id,
            "deploymentConfigName": self.name,
            "computePlatform": self.platform,
            "createTime": self.created_at,
        }
        hosts = {"minimumHealthyHosts": dict(self.healthy_hosts)} if self.healthy_hosts else {}
        return {**facts, **hosts, **({"trafficRoutingConfig": dict(self.routing)} if self.routing else {})}


def _canary(percent: int, minutes: int) -> dict[str, Any]:
    return {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": percent, "canaryInterval": minutes}}


def _linear(percent: int, minutes: int) -> dict[str, Any]:
    return {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": percent, "linearInterval": minutes}}


# The configurations for ECS that AWS has (user guide, "Deployment configurations on an Amazon ECS compute platform").
_GIVEN = [
    Config("CodeDeployDefault.ECSAllAtOnce", "ECS", {"type": "AllAtOnce"}),
    *(Config(f"CodeDeployDefault.ECSCanary{name}", "ECS", _canary(*numbers)) for name, numbers in _CANARY.items()),
    *(Config(f"CodeDeployDefault.ECSLinear{name}", "ECS", _linear(*numbers)) for name, numbers in _LINEAR.items()),
    *(
        Config(f"CodeDeployDefault.{name}", "Server", healthy_hosts={"type": kind, "value": value})
        for name, kind, value in (
            ("AllAtOnce", "HOST_COUNT", 0),
            ("HalfAtATime", "FLEET_PERCENT", 50),
            ("OneAtATime", "HOST_COUNT", 99),
        )
    ),
]
OWN: dict[tuple[str, str, str], Config] = {}


@WORLD.on_reset
def _empty() -> None:
    OWN.clear()


def find(name: str, context: Context) -> Config:
    """Will find a configuration by name. Raises AwsError for one that isn't there."""
    given = next((one for one in _GIVEN if one.name == name), None)
    found = given or OWN.get((context.account, context.region, name))
    if found is None:
        text = f"No Deployment Configuration found for name: {name}"
        raise AwsError("DeploymentConfigDoesNotExistException", text)
    return found


@operation("codedeploy", "CreateDeploymentConfig")
def create_deployment_config(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will keep a configuration of one's own."""
    name, key = parameters["deploymentConfigName"], _key(parameters, context)
    if name.startswith("CodeDeployDefault"):
        raise AwsError("InvalidDeploymentConfigNameException", "Names that begin with CodeDeployDefault are AWS's own.")
    if key in OWN:
        raise AwsError("DeploymentConfigAlreadyExistsException", f"The configuration {name} exists already.")
    routing = parameters.get("trafficRoutingConfig") or {}
    platform = parameters.get("computePlatform") or "Server"
    if platform == "ECS":
        _check(routing)
    OWN[key] = Config(name, platform, routing, parameters.get("minimumHealthyHosts"))
    return {"deploymentConfigId": OWN[key].id}


@operation("codedeploy", "GetDeploymentConfig")
def get_deployment_config(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show a configuration."""
    return {"deploymentConfigInfo": find(parameters["deploymentConfigName"], context).shown()}


@operation("codedeploy", "ListDeploymentConfigs")
def list_deployment_configs(parameters: Parameters, context: Context) -> dict[str, Any]:  # noqa: ARG001
    """Will name AWS's configurations and one's own."""
    own = [name for account, region, name in OWN if (account, region) == (context.account, context.region)]
    return {"deploymentConfigsList": [*(one.name for one in _GIVEN), *own]}


@operation("codedeploy", "DeleteDeploymentConfig")
def delete_deployment_config(parameters: Parameters, context: Context) -> None:
    """Will forget one of one's own configurations."""
    if parameters["deploymentConfigName"].startswith("CodeDeployDefault"):
        raise AwsError("InvalidOperationException", "AWS's own configurations can't be deleted.")
    OWN.pop(_key(parameters, context), None)


def _key(parameters: Parameters, context: Context) -> tuple[str, str, str]:
    return context.account, context.region, parameters["deploymentConfigName"]


def _check(routing: Mapping[str, Any]) -> None:
    if routing.get("type") == "AllAtOnce":
        return
    parts = [routing[name] for name in ("timeBasedCanary", "timeBasedLinear") if name in routing]
    if len(parts) != 1 or not all(1 <= value <= 2880 for value in parts[0].values()):
        text = "The traffic routing needs a type and its percentage and interval."
        raise AwsError("InvalidTrafficRoutingConfigurationException", text)
