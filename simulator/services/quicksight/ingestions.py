"""Refreshes of SPICE: queued, running for a while, then done or failed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.services.quicksight.account import Parameters, answered, arn, of
from simulator.world import WORLD

# How long they wait and run (not documented: our reading).
QUEUED_S, RUNNING_S = 5.0, 60.0
ROWS = 1_000_000


@dataclass(eq=False)
class Ingestion:
    """One refresh. `fails_with` is the error type that it will end with, "" for none."""

    id: str
    arn: str
    fails_with: str = ""
    status: str = "INITIALIZED"
    made_at: datetime = field(default_factory=WORLD.now)

    def start(self) -> None:
        """Will let it take its course."""
        WORLD.after(QUEUED_S, self._run)

    def described(self) -> dict[str, Any]:
        """Will describe it as DescribeIngestion does."""
        known: dict[str, Any] = {
            "Arn": self.arn,
            "IngestionId": self.id,
            "IngestionStatus": self.status,
            "CreatedTime": self.made_at,
            "RequestSource": "MANUAL",
            "RequestType": "FULL_REFRESH",
        }
        if self.status == "COMPLETED":
            return {**known, "IngestionTimeInSeconds": int(RUNNING_S), "RowInfo": {"RowsIngested": ROWS}}
        if self.status == "FAILED":
            return {**known, "ErrorInfo": {"Type": self.fails_with, "Message": "The data could not be read"}}
        return known

    def _run(self) -> None:
        self.status = "RUNNING"
        WORLD.after(RUNNING_S, self._end)

    def _end(self) -> None:
        self.status = "FAILED" if self.fails_with else "COMPLETED"


@operation("quicksight", "CreateIngestion")
def _create(parameters: Parameters, context: Context) -> dict[str, Any]:
    data_set, id_ = parameters["DataSetId"], parameters["IngestionId"]
    found = of(context).resource("dataset", data_set)
    if found.told["ImportMode"] != "SPICE":
        raise AwsError("InvalidParameterValueException", f"{data_set} is not imported into SPICE")
    known = of(context).ingestions
    if (data_set, id_) in known:
        raise AwsError("ResourceExistsException", f"Ingestion {id_} exists", ResourceType="INGESTION")
    made = Ingestion(id_, arn("dataset", f"{data_set}/ingestion/{id_}", context))
    known[data_set, id_] = made
    made.start()
    return answered(Arn=made.arn, IngestionId=id_, IngestionStatus=made.status)


@operation("quicksight", "DescribeIngestion")
def _describe(parameters: Parameters, context: Context) -> dict[str, Any]:
    key = (parameters["DataSetId"], parameters["IngestionId"])
    known = of(context).ingestions
    if key not in known:
        raise AwsError("ResourceNotFoundException", f"Ingestion {key[1]} is not found", ResourceType="INGESTION")
    return answered(Ingestion=known[key].described())


@operation("quicksight", "ListIngestions")
def _list(parameters: Parameters, context: Context) -> dict[str, Any]:
    of(context).resource("dataset", parameters["DataSetId"])
    found = [one for (data_set, _), one in of(context).ingestions.items() if data_set == parameters["DataSetId"]]
    first, most = int(parameters.get("NextToken") or 0), int(parameters.get("MaxResults") or 100)
    more = {"NextToken": str(first + most)} if first + most < len(found) else {}
    newest = sorted(found, key=lambda one: one.made_at, reverse=True)
    return answered(Ingestions=[one.described() for one in newest[first : first + most]], **more)
