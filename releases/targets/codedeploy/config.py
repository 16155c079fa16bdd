"""What an environment that CodeDeploy deploys is made of. Typed, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from releases.targets.cloud import fields

NEEDED = ("application", "group", "cluster", "service", "family", "container")
OPTIONAL = ("port", "preview_url", "alarms", "holds")


@dataclass(frozen=True)
class CodeDeployConfig:
    """One ECS service and the deployment group that is its own.

    `holds` says that the group waits before traffic, as it must where people approve. One that goes on by itself is
    for a side that nobody visits yet (releases.targets.sided).
    """

    name: str
    application: str
    group: str
    cluster: str
    service: str
    family: str
    container: str
    port: int = 8000
    preview_url: str = ""
    alarms: tuple[str, ...] = ()
    holds: bool = True

    @property
    def named(self) -> Mapping[str, str]:
        """The group as CodeDeploy's calls name it."""
        return {"applicationName": self.application, "deploymentGroupName": self.group}


def read(name: str, value: Mapping[str, Any]) -> CodeDeployConfig:
    """Will read the configuration of the environment `name`.

    Raises ConfigError, with a sentence, for the first mistake.
    """
    fields.refuse_others("CodeDeploy", value, NEEDED, OPTIONAL)
    return CodeDeployConfig(
        name=name,
        **{one: value[one] for one in NEEDED},
        port=fields.whole(value, "port", 8000, least=1, most=65_535),
        preview_url=fields.text(value, "preview_url"),
        alarms=fields.texts(value, "alarms"),
        holds=fields.truth(value, "holds", default=True),
    )
