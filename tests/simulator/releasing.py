"""A hand on a service that CodeDeploy deploys, as a person with plain clients has it."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from simulator import stage
from simulator.stage import Stage
from tests.account import Account


class Release:
    """A hand on the stage's CodeDeploy."""

    def __init__(self, account: Account, **group: Any) -> None:
        self.account = account
        self.stage: Stage = stage.build(account.hand)
        self.codedeploy = account.client("codedeploy")
        account.advance(minutes=2)
        if group:
            self.change(**group)

    def change(self, **members: Any) -> None:
        self.codedeploy.update_deployment_group(
            applicationName=self.stage.application, currentDeploymentGroupName=self.stage.group, **members
        )

    def create(self, *, version: str = "1.1.0", image: str = "", hooks: Any = (), **members: Any) -> str:
        definition = stage.define(self.account.hand, self.stage.ground, version=version, image=image)
        return self.create_of(definition, hooks=hooks, **members)

    def create_of(self, definition: str, *, hooks: Any = (), **members: Any) -> str:
        properties = {
            "TaskDefinition": definition,
            "LoadBalancerInfo": {"ContainerName": self.stage.container, "ContainerPort": self.stage.port},
        }
        service = {"Type": "AWS::ECS::Service", "Properties": properties}
        spec = {"version": 0.0, "Resources": [{"TargetService": service}], "Hooks": list(hooks)}
        answer = self.codedeploy.create_deployment(
            applicationName=self.stage.application,
            deploymentGroupName=self.stage.group,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(spec)}},
            **members,
        )
        return str(answer["deploymentId"])

    def ready(self, **facts: Any) -> str:
        deployment = self.create(**facts)
        self.account.advance(minutes=3)
        assert self.info(deployment)["status"] == "Ready"
        return deployment

    def promote(self, deployment: str, kind: str = "READY_WAIT") -> None:
        self.codedeploy.continue_deployment(deploymentId=deployment, deploymentWaitType=kind)

    def info(self, deployment: str) -> dict[str, Any]:
        return dict(self.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"])

    def target(self, deployment: str) -> dict[str, Any]:
        names = self.codedeploy.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = self.codedeploy.batch_get_deployment_targets(deploymentId=deployment, targetIds=names)
        return dict(found["deploymentTargets"][0]["ecsTarget"])

    def weights(self, deployment: str) -> dict[str, float]:
        return {one["taskSetLabel"]: one["trafficWeight"] for one in self.target(deployment)["taskSetsInfo"]}

    def listened(self, listener: str) -> dict[str, int]:
        """The listener's weights by the target group's name."""
        elb = self.account.client("elbv2")
        action = elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]["DefaultActions"][0]
        groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
            {"TargetGroupArn": action["TargetGroupArn"], "Weight": 100}
        ]
        return {one["TargetGroupArn"].split("/")[1][-1]: one["Weight"] for one in groups}

    def service(self) -> dict[str, Any]:
        answer = self.account.client("ecs").describe_services(
            cluster=self.stage.ground.cluster, services=[self.stage.service]
        )
        return dict(answer["services"][0])


def take_hand(account: Account, service: str, **wish: Any) -> Any:
    body = json.dumps(wish).encode()
    with urlopen(Request(f"{account.url}/simulator/{service}", data=body, method="POST")) as answer:  # noqa: S310
        return json.load(answer)


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])
