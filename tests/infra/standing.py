"""An environment's stacks, brought up on the simulated account as a person would."""

import json
from dataclasses import dataclass, field, replace

import boto3

from infra import deploy
from tests.account import REGION, Account

DIGEST = f"sha256:{'a' * 64}"
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/covid-insights@{DIGEST}"
IMAGES = {"FirstImage": IMAGE, "PortalImage": IMAGE, "NotebooksImage": IMAGE}


@dataclass
class Standing:
    """The deployer, what it said, and what it was answered."""

    account: Account
    environment: deploy.Environment
    said: list[str] = field(default_factory=list)
    answer: bool = True
    asked: list[str] = field(default_factory=list)

    @property
    def deployer(self) -> deploy.Deployer:
        return deploy.Deployer(self.environment, boto3.Session(region_name=REGION).client, self._ask, self.said.append)

    def _ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.answer

    def up(self, *stacks: str, **given: str) -> dict[str, str]:
        """Will bring stacks up and give the outputs of all."""
        self.deployer.up(stacks, {**IMAGES, **given})
        return self.deployer.outputs()


def environment(name: str, *, stacks: tuple[str, ...] = (), **parameters: str) -> deploy.Environment:
    """Will read an environment's file, with other stacks or parameters for the test."""
    read = deploy.read(name)
    return replace(read, stacks=stacks or read.stacks, parameters={**read.parameters, **parameters})


def zone(account: Account) -> str:
    """Will make the hosted zone that an environment's file names, and give its id."""
    answer = account.client("route53").create_hosted_zone(Name="example.org.", CallerReference="test")
    return str(answer["HostedZone"]["Id"].rpartition("/")[2])


def certificate(account: Account) -> str:
    """Will make the certificate that an environment's file names, and give its ARN."""
    return str(account.client("acm").request_certificate(DomainName="*.example.org")["CertificateArn"])


def write(path, **parts) -> None:
    """Will write a file as JSON."""
    path.write_text(json.dumps(parts))
