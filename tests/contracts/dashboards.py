"""What the dashboards' suite needs of an adapter: a place with dashboards, people, and hands that change it."""

from functools import partial
from typing import Any

import httpx

from analytics.dashboards.base import Dashboards, Viewer
from analytics.dashboards.embedded import EmbeddedDashboards
from analytics.dashboards.ours import OURS
from analytics.dashboards.quicksight import QuickSight, QuickSightConfig
from portal import aws
from simulator.operations import Context
from simulator.services import quicksight
from tests.account import REGION, Account

OWNER = "123456789012"
WHERE = {"AwsAccountId": OWNER}
PLACE = f"arn:aws:quicksight:{REGION}:{OWNER}"
READERS = f"arn:aws:iam::{OWNER}:role/readers"
ADA = Viewer("ada", "ada@example.com", frozenset({"viewer", "analyst"}))
BOB = Viewer("bob", "bob@example.com", frozenset({"viewer"}))
DOMAIN = "https://releases.example.org"
SEES = ["quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"]
DATA_SET = "verdigris-measures"


class EmbeddedRig:
    """The portal's own: everybody sees all, and nothing is copied."""

    shown = tuple(sorted(OURS))
    is_framed = False

    def __init__(self) -> None:
        self.dashboards: Dashboards = EmbeddedDashboards()


class QuickSightRig:
    """The simulated account with our dashboards, shared with Ada."""

    shown = tuple(f"verdigris-{one}" for one in sorted(OURS))
    is_framed = True

    def __init__(self, account: Account, **more: Any) -> None:
        self.account = account
        self.hand = account.hand("quicksight")
        config = {"dashboards": self.shown, "reader_role_arn": READERS, "domains": (DOMAIN,), **more}
        frames = f"https://{REGION}.quicksight.aws.amazon.com"
        made = QuickSightConfig(region=REGION, account=OWNER, frames_from=frames, **config)
        access = aws.Access(REGION)
        self.dashboards: Dashboards = QuickSight(made, partial(aws.client, access=access))

    def build(self, *, mode: str = "SPICE", people: tuple[Viewer, ...] = (ADA,)) -> "QuickSightRig":
        """Will make data source, data set and dashboards, each person a user who sees them."""
        for person in people:
            self.register(person)
        data_set = self._data_set(mode)
        for one in OURS.values():
            self.hand.create_dashboard(
                **WHERE,
                DashboardId=f"verdigris-{one.id}",
                Name=one.name,
                Definition=_definition(data_set, one),
                Permissions=[{"Principal": self.user(person), "Actions": SEES} for person in people],
            )
        return self

    def register(self, person: Viewer) -> None:
        words = {"Namespace": "default", "IdentityType": "IAM", "IamArn": READERS, "UserRole": "READER"}
        self.hand.register_user(**WHERE, **words, SessionName=person.username, Email=person.email)

    def user(self, person: Viewer) -> str:
        return f"{PLACE}:user/default/readers/{person.username}"

    def plan(self, **facts: Any) -> None:
        """Will change what the account pays for."""
        httpx.post(f"{self.account.url}/simulator/quicksight", json={"region": REGION, **facts}).raise_for_status()

    def fail(self, token: str) -> None:
        """Will let a refresh that runs end badly."""
        store = quicksight.of(Context(OWNER, REGION, ""))
        store.ingestions[DATA_SET, token].fails_with = "ROW_SIZE_LIMIT_EXCEEDED"

    def open_frame(self, address: str) -> str:
        """Will open an address as a browser does: the account behind AWS's name is here."""
        assert address.startswith(self.dashboards.frames_from)
        return httpx.get(self.account.url + address.removeprefix(self.dashboards.frames_from)).text

    def _data_set(self, mode: str) -> str:
        athena = {"AthenaParameters": {"WorkGroup": "covid"}}
        words = {"DataSourceId": "athena", "Name": "Athena", "Type": "ATHENA", "DataSourceParameters": athena}
        source = self.hand.create_data_source(**WHERE, **words)["Arn"]
        columns = [{"Name": "iso_code", "Type": "STRING"}]
        table = {"DataSourceArn": source, "Schema": "covid", "Name": "measures", "InputColumns": columns}
        words = {"DataSetId": DATA_SET, "Name": "COVID-19", "ImportMode": mode}
        answer = self.hand.create_data_set(**WHERE, **words, PhysicalTableMap={"m": {"RelationalTable": table}})
        return str(answer["Arn"])


def _definition(data_set: str, one: Any) -> dict[str, Any]:
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "measures", "DataSetArn": data_set}],
        "Sheets": [{"SheetId": sheet.id, "Name": sheet.name} for sheet in one.sheets],
    }
