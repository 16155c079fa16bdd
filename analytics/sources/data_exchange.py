"""AWS Data Exchange: the revisions of an entitled data set, exported to S3 and fetched from there.

What is asked of it stands in its API reference under ListDataSetRevisions, ListRevisionAssets, CreateJob, StartJob and
GetJob. AWS forgets a job after a while, so the record that counts is our own (`Jobs`).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from analytics.rules.progress import Progress
from analytics.sources import s3
from analytics.sources.base import NotYetError, Raw, Revision, SourceError
from analytics.sources.part import file_name
from analytics.sources.s3 import Found
from portal import aws
from portal.aws import Clients, Trouble

ACTIONS = s3.ACTIONS | {
    "dataexchange:ListDataSets",
    "dataexchange:ListDataSetRevisions",
    "dataexchange:ListRevisionAssets",
    "dataexchange:CreateJob",
    "dataexchange:StartJob",
    "dataexchange:GetJob",
    # A job writes with the rights of whoever made it (user guide, "Exporting revisions").
    "s3:PutObject",
    "s3:PutObjectAcl",
}
_GONE = "ResourceNotFoundException"
_STARTED = "ConflictException"
_RUNNING = {"WAITING", "IN_PROGRESS"}


@dataclass(frozen=True)
class DataExchangeConfig:
    """`exports` is the folder, s3://bucket/prefix, below which revisions are exported.

    `assets` names the files that are wanted, in this order; empty are all of them, in the order of their names.
    """

    data_set: str
    exports: str
    assets: tuple[str, ...] = ()


class Jobs(Protocol):
    """Our own record of export jobs, which outlives AWS's."""

    def running(self, data_set: str, revision: str) -> str:
        """Will give the job that is to export the revision, "" if there is none that hasn't ended."""
        ...

    def begin(self, data_set: str, revision: str, job_id: str) -> None:
        """Will write down a job before it is started: one that wasn't exports nothing."""
        ...

    def end(self, job_id: str, state: str) -> None:
        """Will write down how it ended."""
        ...


@dataclass(frozen=True)
class DataSet:
    """A data set that the account is entitled to."""

    id: str
    name: str


@dataclass(frozen=True)
class _Asset:
    id: str
    name: str
    key: str
    size_bytes: int


class DataExchangeSource:
    """Promises of `Source`, for a data set. A revision never changes; its provider may revoke it."""

    def __init__(self, config: DataExchangeConfig, clients: Clients, jobs: Jobs) -> None:
        self.config = config
        self.bucket, _, prefix = config.exports.removeprefix("s3://").partition("/")
        self.folder = f"{prefix.rstrip('/')}/{config.data_set}".lstrip("/")
        self.clients = clients
        self.jobs = jobs

    def revisions(self) -> tuple[Revision, ...]:
        """Will list the finalized revisions. Raises SourceError."""
        with _told(f"Data Exchange for the revisions of {self.config.data_set}"):
            paginator = self.clients("dataexchange").get_paginator("list_data_set_revisions")
            pages = paginator.paginate(DataSetId=self.config.data_set)
            found = [one for page in pages for one in page["Revisions"] if one.get("Finalized")]
        return tuple(_revision(one) for one in sorted(found, key=lambda one: one["CreatedAt"]))

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]:
        """Will fetch a revision's files from where they were exported, once that is done.

        Raises NotYetError while it is being exported, SourceError, OSError if a file can't be written.
        """
        assets = self._assets(revision)
        exported = self._exported(revision, assets)
        if exported is None:
            self._export(revision)
            raise NotYetError(f"Data Exchange is exporting revision {revision.id} to S3. Ask again in a minute")
        return tuple(
            s3.download(self.clients, self.bucket, one, into=into, name=file_name(asset.name), progress=progress)
            for asset, one in zip(assets, exported, strict=True)
        )

    def _assets(self, revision: Revision) -> list[_Asset]:
        with _told(f"Data Exchange what revision {revision.id} holds"):
            paginator = self.clients("dataexchange").get_paginator("list_revision_assets")
            pages = paginator.paginate(DataSetId=self.config.data_set, RevisionId=revision.id)
            listed = [one for page in pages for one in page["Assets"]]
        by_name = {one["Name"]: one for one in sorted(listed, key=lambda one: str(one["Name"]))}
        wanted = self.config.assets or tuple(by_name)
        lacking = [name for name in wanted if name not in by_name]
        if lacking or not wanted:
            what = f"has no file {lacking[0]}" if lacking else "has no files"
            raise SourceError(f"Revision {revision.id} {what}. Look at what its provider published")
        return [self._asset(by_name[name], revision) for name in wanted]

    def _asset(self, one: dict[str, Any], revision: Revision) -> _Asset:
        key = f"{self.folder}/revision={revision.id}/{one['Id']}/{one['Name']}"
        return _Asset(one["Id"], one["Name"], key, int(one["AssetDetails"]["S3SnapshotAsset"]["Size"]))

    def _exported(self, revision: Revision, assets: Sequence[_Asset]) -> list[Found] | None:
        """The objects, where all of them are there and whole."""
        found = {one.key: one for one in s3.listed(self.clients, self.bucket, f"{self.folder}/revision={revision.id}/")}
        is_whole = all(asset.key in found and found[asset.key].size_bytes == asset.size_bytes for asset in assets)
        return [found[asset.key] for asset in assets] if is_whole else None

    def _export(self, revision: Revision) -> None:
        """Sees to it that one job exports the revision. Raises SourceError if it failed; the next call tries again."""
        job = self.jobs.running(self.config.data_set, revision.id)
        state, told = self._look(job) if job else ("", "")
        if job and state not in _RUNNING:
            self.jobs.end(job, state or "GONE")
        if told:
            raise SourceError(f"The export of revision {revision.id} ended {state}: {told}. Correct it and try again")
        if state not in _RUNNING:
            job, state = self._create(revision), "WAITING"
            self.jobs.begin(self.config.data_set, revision.id, job)
        if state == "WAITING":
            self._start(job)

    def _look(self, job: str) -> tuple[str, str]:
        """The state of a job and what went wrong with it; nothing of one that AWS forgot."""
        with _told(f"Data Exchange how job {job} does"):
            try:
                found = self.clients("dataexchange").get_job(JobId=job)
            except ClientError as error:
                if aws.code_of(error) != _GONE:
                    raise
                return "", ""
        state = str(found["State"])
        if state in _RUNNING or state == "COMPLETED":
            return state, ""
        return state, "; ".join(str(one["Message"]).rstrip(".") for one in found.get("Errors", ())) or "no reason given"

    def _create(self, revision: Revision) -> str:
        pattern = f"{self.folder}/revision=${{Revision.Id}}/${{Asset.Id}}/${{Asset.Name}}"
        to = [{"RevisionId": revision.id, "Bucket": self.bucket, "KeyPattern": pattern}]
        details = {"ExportRevisionsToS3": {"DataSetId": self.config.data_set, "RevisionDestinations": to}}
        with _told(f"Data Exchange to export revision {revision.id}"):
            client = self.clients("dataexchange", may_repeat=False)
            return str(client.create_job(Type="EXPORT_REVISIONS_TO_S3", Details=details)["Id"])

    def _start(self, job: str) -> None:
        with _told(f"Data Exchange to start job {job}"):
            try:
                self.clients("dataexchange").start_job(JobId=job)
            except ClientError as error:
                # Its first start was done, and only the answer lost.
                if aws.code_of(error) != _STARTED:
                    raise


def entitled(clients: Clients) -> tuple[DataSet, ...]:
    """Will give the data sets that the account is entitled to and that are files, by name. Raises SourceError."""
    with _told("Data Exchange which data sets there are"):
        pages = clients("dataexchange").get_paginator("list_data_sets").paginate(Origin="ENTITLED")
        found = [one for page in pages for one in page["DataSets"] if one["AssetType"] == "S3_SNAPSHOT"]
    return tuple(DataSet(one["Id"], one["Name"]) for one in sorted(found, key=lambda one: str(one["Name"])))


def _revision(one: dict[str, Any]) -> Revision:
    revoked_at = one.get("RevokedAt", one["UpdatedAt"]) if one.get("Revoked") else None
    return Revision(one["Id"], one["CreatedAt"], one.get("Comment", ""), revoked_at, one.get("RevocationComment", ""))


def _told(doing: str) -> AbstractContextManager[None]:
    return aws.telling(doing, _error)


def _error(trouble: Trouble) -> SourceError:
    return SourceError(trouble.sentence)
