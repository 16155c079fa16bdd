"""Export jobs: WAITING until they are started, IN_PROGRESS for a while, then the files lie in S3, or nothing does."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from moto.s3.models import s3_backends

from simulator.operations import AwsError, Context, operation
from simulator.services.dataexchange import catalog
from simulator.services.dataexchange.catalog import Asset
from simulator.services.dataexchange.operations import page
from simulator.world import WORLD

# How long a job takes (not documented: our reading).
RUNNING_S = 20.0
# Jobs are kept for 90 days after they were made (user guide, "Jobs").
KEPT_S = 90 * 86400.0
EXPORTS = {"EXPORT_REVISIONS_TO_S3": "ExportRevisionsToS3", "EXPORT_ASSETS_TO_S3": "ExportAssetsToS3"}

Parameters = Mapping[str, Any]


@dataclass(eq=False)
class Job:
    """One job, with what CreateJob was told."""

    context: Context
    type: str
    details: Mapping[str, Any]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    state: str = "WAITING"
    created_at: datetime = field(default_factory=WORLD.now)
    updated_at: datetime = field(default_factory=WORLD.now)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def start(self) -> None:
        """Will run it. Raises AwsError(ConflictException) for one that was started before."""
        if self.state != "WAITING":
            raise AwsError(
                "ConflictException", f"Job {self.id} is {self.state}", ResourceId=self.id, ResourceType="JOB"
            )
        self._take("IN_PROGRESS")
        WORLD.after(RUNNING_S, self._finish)

    def cancel(self) -> None:
        """Will end one that waits or runs."""
        if self.state not in {"WAITING", "IN_PROGRESS"}:
            raise AwsError(
                "ConflictException", f"Job {self.id} is {self.state}", ResourceId=self.id, ResourceType="JOB"
            )
        self._take("CANCELLED")

    def described(self) -> dict[str, Any]:
        """Will describe it as GetJob does."""
        known = {
            "Arn": f"arn:aws:dataexchange:{self.context.region}:{self.context.account}:jobs/{self.id}",
            "CreatedAt": self.created_at,
            "Details": dict(self.details),
            "Id": self.id,
            "State": self.state,
            "Type": self.type,
            "UpdatedAt": self.updated_at,
        }
        return {**known, "Errors": self.errors} if self.errors else known

    def _take(self, state: str) -> None:
        self.state, self.updated_at = state, WORLD.now()

    def _finish(self) -> None:
        if self.state != "IN_PROGRESS":
            return
        try:
            self._write(list(self._files()))
        except AwsError as error:
            code = "RESOURCE_NOT_FOUND_EXCEPTION" if error.code == "ResourceNotFoundException" else error.code
            self.errors = [{"Code": code, "Message": error.message}]
            self._take("ERROR")
        else:
            self._take("COMPLETED")

    def _write(self, files: Sequence[tuple[str, str, bytes]]) -> None:
        """Will write all files, or none where a bucket isn't there."""
        s3 = s3_backends[self.context.account]["aws"]
        for bucket, _, _ in files:
            if bucket not in s3.buckets:
                raise AwsError("ACCESS_DENIED_EXCEPTION", f"The bucket {bucket} can't be written to")
        for bucket, key, content in files:
            s3.put_object(bucket, key, content)

    def _files(self) -> Iterator[tuple[str, str, bytes]]:
        told = self.details[EXPORTS[self.type]]
        if self.type == "EXPORT_ASSETS_TO_S3":
            revision = catalog.revision(told["DataSetId"], told["RevisionId"], self.context)
            for one in told["AssetDestinations"]:
                if one["AssetId"] not in revision.assets:
                    raise AwsError("ResourceNotFoundException", f"Asset {one['AssetId']} is not found")
                asset = revision.assets[one["AssetId"]]
                yield one["Bucket"], one.get("Key") or asset.name, asset.content
            return
        for one in told["RevisionDestinations"]:
            revision = catalog.revision(told["DataSetId"], one["RevisionId"], self.context)
            for asset in revision.assets.values():
                # The default pattern is that of the API reference, RevisionDestinationEntry.
                pattern = one.get("KeyPattern") or "${Asset.Name}"
                yield one["Bucket"], _key(pattern, told["DataSetId"], revision, asset), asset.content


def _key(pattern: str, data_set: str, revision: catalog.Revision, asset: Asset) -> str:
    created = revision.created_at
    words = {
        "Asset.Name": asset.name,
        "Asset.Id": asset.id,
        "Revision.Id": revision.id,
        "DataSet.Id": data_set,
        "Revision.CreatedAt": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "Revision.CreatedAt.Year": f"{created:%Y}",
        "Revision.CreatedAt.Month": f"{created:%m}",
        "Revision.CreatedAt.Day": f"{created:%d}",
    }
    for name, value in words.items():
        pattern = pattern.replace(f"${{{name}}}", value)
    return pattern


_JOBS: dict[str, Job] = {}


@WORLD.on_reset
def _empty() -> None:
    _JOBS.clear()


def _forget(id_: str) -> None:
    _JOBS.pop(id_, None)


def _find(id_: str) -> Job:
    if id_ not in _JOBS:
        raise AwsError("ResourceNotFoundException", f"Job {id_} is not found", ResourceId=id_, ResourceType="JOB")
    return _JOBS[id_]


@operation("dataexchange", "CreateJob")
def _create(parameters: Parameters, context: Context) -> dict[str, Any]:
    member = EXPORTS.get(parameters["Type"])
    if member is None or member not in parameters["Details"]:
        raise AwsError(
            "ValidationException", f"Jobs of type {parameters['Type']} need {member or 'what is not simulated'}"
        )
    job = Job(context, parameters["Type"], parameters["Details"])
    _JOBS[job.id] = job
    WORLD.after(KEPT_S, partial(_forget, job.id))
    return job.described()


@operation("dataexchange", "StartJob")
def _start(parameters: Parameters, context: Context) -> None:  # noqa: ARG001 - one signature
    _find(parameters["JobId"]).start()


@operation("dataexchange", "GetJob")
def _get(parameters: Parameters, context: Context) -> dict[str, Any]:  # noqa: ARG001 - one signature
    return _find(parameters["JobId"]).described()


@operation("dataexchange", "CancelJob")
def _cancel(parameters: Parameters, context: Context) -> None:  # noqa: ARG001 - one signature
    _find(parameters["JobId"]).cancel()


@operation("dataexchange", "ListJobs")
def _list(parameters: Parameters, context: Context) -> dict[str, Any]:  # noqa: ARG001 - one signature
    found = [one.described() for one in reversed(_JOBS.values())]
    return page("Jobs", found, parameters)
