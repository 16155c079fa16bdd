"""Workgroups: who pays, where results go, and how much a query may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.services.athena.pages import page
from simulator.world import WORLD

ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
PRIMARY = "primary"

Parameters = Mapping[str, Any]


def invalid(message: str, code: str = "INVALID_INPUT") -> AwsError:
    """Will make the error that Athena answers to nearly everything."""
    return AwsError("InvalidRequestException", message, AthenaErrorCode=code)


@dataclass
class WorkGroup:
    """One workgroup; `configuration` is WorkGroupConfiguration."""

    name: str
    configuration: dict[str, Any] = field(default_factory=dict)
    description: str = ""
    state: str = "ENABLED"
    created_at: datetime = field(default_factory=WORLD.now)
    statements: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The defaults are those of the API reference, WorkGroupConfiguration.
        defaults = {"EnforceWorkGroupConfiguration": True, "PublishCloudWatchMetricsEnabled": True}
        self.configuration = {**defaults, "RequesterPaysEnabled": False, **self.configuration, "EngineVersion": ENGINE}

    @property
    def cutoff(self) -> int | None:
        """How many bytes one query may read; None is without a limit."""
        found: int | None = self.configuration.get("BytesScannedCutoffPerQuery")
        return found

    def output(self, asked: Mapping[str, Any]) -> str:
        """Will give the location of results, ending in "/"; what the client asked counts where nothing is enforced.

        Raises AwsError where there is none.
        """
        own = self.configuration.get("ResultConfiguration", {}).get("OutputLocation")
        wanted = asked.get("OutputLocation")
        is_enforced = self.configuration["EnforceWorkGroupConfiguration"]
        location: str | None = (own or wanted) if is_enforced else (wanted or own)
        if not location:
            raise invalid(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        return location.rstrip("/") + "/"

    def update(self, updates: Mapping[str, Any]) -> None:
        """Will take what UpdateWorkGroup changes in the configuration."""
        _change(self.configuration, updates)

    def described(self) -> dict[str, Any]:
        """Will describe it as GetWorkGroup does."""
        known = self.summary()
        del known["EngineVersion"]
        return {**known, "Configuration": self.configuration}

    def summary(self) -> dict[str, Any]:
        """Will describe it as ListWorkGroups does."""
        return {
            "Name": self.name,
            "State": self.state,
            "Description": self.description,
            "CreationTime": self.created_at,
            "EngineVersion": ENGINE,
        }


def _change(configuration: dict[str, Any], updates: Mapping[str, Any]) -> None:
    """`XUpdates` changes the structure X, `RemoveX` takes it away, all else is set."""
    for name, value in updates.items():
        if name.endswith("Updates"):
            _change(configuration.setdefault(name.removesuffix("Updates"), {}), value)
        elif not name.startswith("Remove"):
            configuration[name] = ENGINE if name == "EngineVersion" else value
        elif value:
            configuration.pop(name.removeprefix("Remove"), None)


_GROUPS: dict[tuple[str, str], dict[str, WorkGroup]] = {}


@WORLD.on_reset
def _empty() -> None:
    _GROUPS.clear()


def of(context: Context) -> dict[str, WorkGroup]:
    """Will give the workgroups of the caller's account and region; "primary" is there from the start."""
    key = (context.account, context.region)
    if key not in _GROUPS:
        _GROUPS[key] = {PRIMARY: WorkGroup(PRIMARY, {"EnforceWorkGroupConfiguration": False})}
    return _GROUPS[key]


def find(name: str, context: Context) -> WorkGroup:
    """Will find a workgroup. Raises AwsError(InvalidRequestException)."""
    found = of(context).get(name)
    if found is None:
        raise invalid(f"WorkGroup {name} is not found.")
    return found


@operation("athena", "CreateWorkGroup")
def _create(parameters: Parameters, context: Context) -> None:
    name = parameters["Name"]
    if name in of(context):
        raise invalid("WorkGroup is already created")
    of(context)[name] = WorkGroup(name, dict(parameters.get("Configuration", {})), parameters.get("Description", ""))


@operation("athena", "GetWorkGroup")
def _get(parameters: Parameters, context: Context) -> dict[str, Any]:
    return {"WorkGroup": find(parameters["WorkGroup"], context).described()}


@operation("athena", "ListWorkGroups")
def _list(parameters: Parameters, context: Context) -> dict[str, Any]:
    return page("WorkGroups", [one.summary() for one in of(context).values()], parameters, most=50)


@operation("athena", "UpdateWorkGroup")
def _update(parameters: Parameters, context: Context) -> None:
    found = find(parameters["WorkGroup"], context)
    found.state = parameters.get("State", found.state)
    found.description = parameters.get("Description", found.description)
    found.update(parameters.get("ConfigurationUpdates", {}))


@operation("athena", "DeleteWorkGroup")
def _delete(parameters: Parameters, context: Context) -> None:
    found = find(parameters["WorkGroup"], context)
    if found.name == PRIMARY:
        raise invalid("The primary workgroup can't be deleted")
    if found.statements and not parameters.get("RecursiveDeleteOption"):
        raise invalid("WorkGroup is not empty")
    del of(context)[found.name]
