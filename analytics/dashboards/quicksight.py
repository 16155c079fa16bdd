"""Amazon QuickSight: dashboards embedded for registered people, or anonymously with row-level tags.

What is asked of it stands in its API reference under DescribeUser, RegisterUser, SearchDashboards, DescribeDashboard,
GenerateEmbedUrlForRegisteredUser, GenerateEmbedUrlForAnonymousUser, DescribeDataSet, CreateIngestion,
DescribeIngestion and ListIngestions.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from analytics.dashboards.base import Check, Dashboard, DashboardError, Embed, Refresh, RefreshState, Viewer
from portal import aws
from portal.aws import Clients, Trouble

ACTIONS = {
    "quicksight:CreateIngestion",
    "quicksight:DescribeDashboard",
    "quicksight:DescribeDataSet",
    "quicksight:DescribeIngestion",
    "quicksight:DescribeUser",
    "quicksight:GenerateEmbedUrlForAnonymousUser",
    "quicksight:GenerateEmbedUrlForRegisteredUser",
    "quicksight:ListIngestions",
    "quicksight:RegisterUser",
    "quicksight:SearchDashboards",
}
# An address is redeemed within five minutes, once (user guide, "Embedding with the API").
OPENS_WITHIN = timedelta(minutes=5)
# Row-level tags: the column's tag key in infra/dashboards.yaml.
ROWS_TAG = "continent"
STATES: Mapping[str, RefreshState] = {
    "INITIALIZED": RefreshState.WAITING,
    "QUEUED": RefreshState.WAITING,
    "RUNNING": RefreshState.RUNNING,
    "COMPLETED": RefreshState.DONE,
    "FAILED": RefreshState.FAILED,
    "CANCELLED": RefreshState.FAILED,
}
# API reference, RegisterUser, SessionName; STS wants two characters at least.
_SESSION = re.compile(r"[\w+=.@-]{2,64}", re.ASCII)
_GONE = "ResourceNotFoundException"
_THERE = "ResourceExistsException"
_CHECKS: Mapping[str, tuple[Check, str]] = {
    "QuickSightUserNotFoundException": (Check.USER, "Have them registered in QuickSight, then open it again."),
    "UnsupportedUserEditionException": (
        Check.PLAN,
        "Embedding is of QuickSight's Enterprise edition: have the account upgraded.",
    ),
    "UnsupportedPricingPlanException": (
        Check.PLAN,
        "Anonymous embedding needs capacity pricing: have it bought, or set PORTAL_QUICKSIGHT_IDENTITY to registered.",
    ),
    _GONE: (Check.DASHBOARD, "Look whether PORTAL_QUICKSIGHT_DASHBOARDS names what is there."),
}


@dataclass(frozen=True)
class QuickSightConfig:
    """Whose QuickSight, and how people come to it.

    `reader_role_arn` is the role under which people federate: a person is its session, named as they sign in.
    `rows` are the continents that each role sees, "Europe,Asia" or "*" for all, where nobody is registered.
    `domains` are the portal's own origins, three at most.
    """

    region: str
    account: str
    dashboards: tuple[str, ...]
    frames_from: str
    namespace: str = "default"
    reader_role_arn: str = ""
    may_register: bool = False
    is_anonymous: bool = False
    rows: Mapping[str, str] | None = None
    domains: tuple[str, ...] = ()
    session_minutes: int = 60


class QuickSight:
    """One account's QuickSight, in one region."""

    def __init__(self, config: QuickSightConfig, clients: Clients) -> None:
        self.config = config
        self.frames_from = config.frames_from
        self._client = clients("quicksight")
        self._own = {"AwsAccountId": config.account}

    def listed(self, viewer: Viewer) -> tuple[Dashboard, ...]:
        """Will give the configured dashboards that are shared with the viewer; without identity, all configured."""
        found = self._described() if self.config.is_anonymous else self._shared(self._user(viewer))
        wanted = (one for one in found if one.id in self.config.dashboards)
        return tuple(sorted(wanted, key=lambda one: one.name))

    def embed(self, dashboard_id: str, *, viewer: Viewer, now: datetime) -> Embed:
        """Will ask for an address. It is told to the browser alone: who has it has the viewer's session."""
        if dashboard_id not in {one.id for one in self.listed(viewer)}:
            who = "anybody" if self.config.is_anonymous else self._user_name(viewer)
            sentence = f"QuickSight shares no dashboard {dashboard_id} with {who}. Nothing was opened."
            raise DashboardError(Check.DASHBOARD, f"{sentence} Have it shared with them, or choose another one.")
        minutes = self.config.session_minutes
        words: dict[str, Any] = {
            **self._own,
            "ExperienceConfiguration": {"Dashboard": {"InitialDashboardId": dashboard_id}},
            "SessionLifetimeInMinutes": minutes,
        }
        if self.config.domains:
            words["AllowedDomains"] = list(self.config.domains)
        address = self._address(words, dashboard_id, viewer)
        return Embed(address, now + OPENS_WITHIN, now + timedelta(minutes=minutes), self.config.domains)

    def refresh(self, token: str) -> tuple[Refresh, ...]:
        """Will begin a refresh of each data set in SPICE that has none of this token."""
        return tuple(self._begun(id_, name, token) for id_, name, is_copied in self._data_sets() if is_copied)

    def refreshes(self) -> tuple[Refresh, ...]:
        """Will give each data set's newest refresh."""
        found = (
            self._newest(id_, name) if is_copied else Refresh(id_, name, RefreshState.DIRECT)
            for id_, name, is_copied in self._data_sets()
        )
        return tuple(sorted(found, key=lambda one: one.name))

    def _address(self, words: dict[str, Any], dashboard_id: str, viewer: Viewer) -> str:
        if self.config.is_anonymous:
            words["Namespace"] = self.config.namespace
            words["AuthorizedResourceArns"] = [self._arn(f"dashboard/{dashboard_id}")]
            words["SessionTags"] = [{"Key": ROWS_TAG, "Value": self._rows(viewer)}]
            with self._telling(f"to embed {dashboard_id} anonymously"):
                return str(self._client.generate_embed_url_for_anonymous_user(**words)["EmbedUrl"])
        name = self._user_name(viewer)
        words["UserArn"] = self._arn(f"user/{self.config.namespace}/{name}")
        with self._telling(f"to embed {dashboard_id} for {name}"):
            return str(self._client.generate_embed_url_for_registered_user(**words)["EmbedUrl"])

    def _rows(self, viewer: Viewer) -> str:
        """The tag's value: all that any of the viewer's roles sees."""
        rows = self.config.rows or {}
        seen = {one.strip() for role in viewer.roles for one in rows.get(role, "").split(",") if one.strip()}
        if not seen:
            sentence = f"No rows are meant for {viewer.username}'s roles. Nothing was opened."
            raise DashboardError(Check.ROWS, f"{sentence} Have PORTAL_QUICKSIGHT_ROWS name one of them.")
        return "*" if "*" in seen else ",".join(sorted(seen))

    def _user_name(self, viewer: Viewer) -> str:
        # A name that was made to fit could be another person's.
        if not _SESSION.fullmatch(viewer.username):
            sentence = f"QuickSight can't have a user of the name {viewer.username}. Nothing was opened."
            advice = (
                "Names there are of 2 to 64 ASCII letters, digits and _+=.@-: have an account with such a name made."
            )
            raise DashboardError(Check.USER, f"{sentence} {advice}")
        return f"{self.config.reader_role_arn.rpartition('/')[2]}/{viewer.username}"

    def _user(self, viewer: Viewer) -> str:
        """The ARN of the viewer's user, who is registered where that is wished for."""
        name = self._user_name(viewer)
        with self._telling(f"about the user {name}"):
            try:
                self._client.describe_user(**self._own, Namespace=self.config.namespace, UserName=name)
            except ClientError as error:
                if aws.code_of(error) != _GONE:
                    raise
                self._register(viewer, name)
        return self._arn(f"user/{self.config.namespace}/{name}")

    def _register(self, viewer: Viewer, name: str) -> None:
        if not self.config.may_register or not viewer.email:
            sentence = f"QuickSight has no user {name} in the namespace {self.config.namespace}. Nothing was opened."
            advice = "Have them registered there, or set PORTAL_QUICKSIGHT_REGISTERS and give them an e-mail address."
            raise DashboardError(Check.USER, f"{sentence} {advice}")
        try:
            self._client.register_user(
                **self._own,
                Namespace=self.config.namespace,
                IdentityType="IAM",
                IamArn=self.config.reader_role_arn,
                SessionName=name.partition("/")[2],
                Email=viewer.email,
                UserRole="READER",
            )
        except ClientError as error:
            # Two of their pages opened at once, or an answer was lost.
            if aws.code_of(error) != _THERE:
                raise

    def _shared(self, user: str) -> Iterator[Dashboard]:
        wanted = {"Operator": "StringEquals", "Name": "QUICKSIGHT_VIEWER_OR_OWNER", "Value": user}
        with self._telling("which dashboards it shares"):
            for page in self._client.get_paginator("search_dashboards").paginate(**self._own, Filters=[wanted]):
                for one in page["DashboardSummaryList"]:
                    yield Dashboard(one["DashboardId"], one["Name"])

    def _described(self) -> Iterator[Dashboard]:
        for id_ in self.config.dashboards:
            yield Dashboard(id_, self._describe(id_)["Name"])

    def _describe(self, dashboard_id: str) -> dict[str, Any]:
        with self._telling(f"about the dashboard {dashboard_id}"):
            return dict(self._client.describe_dashboard(**self._own, DashboardId=dashboard_id)["Dashboard"])

    def _data_sets(self) -> Iterator[tuple[str, str, bool]]:
        """The id and name of each data set behind the dashboards, and whether SPICE has a copy of it."""
        arns = (one for id_ in self.config.dashboards for one in self._describe(id_)["Version"].get("DataSetArns", ()))
        for id_ in dict.fromkeys(arn.rpartition("/")[2] for arn in arns):
            with self._telling(f"about the data set {id_}"):
                found = self._client.describe_data_set(**self._own, DataSetId=id_)["DataSet"]
            yield id_, found["Name"], found["ImportMode"] == "SPICE"

    def _begun(self, data_set: str, name: str, token: str) -> Refresh:
        words = {**self._own, "DataSetId": data_set, "IngestionId": token}
        with self._telling(f"to refresh {name}"):
            try:
                return _refresh(data_set, name, self._client.describe_ingestion(**words)["Ingestion"])
            except ClientError as error:
                if aws.code_of(error) != _GONE:
                    raise
            try:
                self._client.create_ingestion(**words)
            except ClientError as error:
                # Another worker was faster, or an answer was lost: the token is one refresh all the same.
                if aws.code_of(error) != _THERE:
                    raise
        return Refresh(data_set, name, RefreshState.WAITING, token)

    def _newest(self, data_set: str, name: str) -> Refresh:
        with self._telling(f"about refreshes of {name}"):
            pages = self._client.get_paginator("list_ingestions").paginate(**self._own, DataSetId=data_set)
            # Their order isn't documented.
            found = [one for page in pages for one in page["Ingestions"]]
        newest = max(found, key=lambda one: one["CreatedTime"], default=None)
        return _refresh(data_set, name, newest) if newest else Refresh(data_set, name, RefreshState.NEVER)

    def _arn(self, named: str) -> str:
        return f"arn:aws:quicksight:{self.config.region}:{self.config.account}:{named}"

    def _telling(self, doing: str) -> AbstractContextManager[None]:
        return aws.telling(f"QuickSight {doing}", _told)


def _refresh(data_set: str, name: str, found: Mapping[str, Any]) -> Refresh:
    error = found.get("ErrorInfo") or {}
    return Refresh(
        data_set,
        name,
        STATES[found["IngestionStatus"]],
        found["IngestionId"],
        found["CreatedTime"],
        (found.get("RowInfo") or {}).get("RowsIngested"),
        f"{error['Type']}: {error.get('Message', '')}" if error else "",
    )


def _told(trouble: Trouble) -> DashboardError:
    check, advice = _CHECKS.get(trouble.code, (Check.SERVICE, "Try again in a minute."))
    if trouble.code.startswith("AccessDenied"):
        check, advice = Check.PERMISSION, "docs/dashboards.md lists what PORTAL_QUICKSIGHT_ROLE_ARN must be allowed."
    return DashboardError(check, f"{trouble.sentence}. Nothing was opened or begun. {advice}")
