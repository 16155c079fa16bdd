"""Data sets, revisions and assets. What a provider would do is done by `publish`."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from moto.core.models import DEFAULT_ACCOUNT_ID

from simulator import control
from simulator.operations import AwsError, Context
from simulator.services import events
from simulator.world import WORLD

Found = TypeVar("Found")


@dataclass(frozen=True)
class Asset:
    """One file of a revision."""

    id: str
    name: str
    content: bytes


@dataclass
class Revision:
    """One immutable revision; `assets` by their id."""

    id: str
    comment: str
    created_at: datetime
    assets: dict[str, Asset]
    revoked_at: datetime | None = None
    revocation_comment: str = ""


@dataclass
class DataSet:
    """One data set that the account may read, its revisions by their id, oldest first."""

    id: str
    name: str
    region: str
    created_at: datetime
    revisions: dict[str, Revision] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Entitled data sets carry no account's number."""
        return f"arn:aws:dataexchange:{self.region}::data-sets/{self.id}"


_SETS: dict[tuple[str, str], dict[str, DataSet]] = {}


@WORLD.on_reset
def _empty() -> None:
    _SETS.clear()


def of(context: Context) -> dict[str, DataSet]:
    """Will give the data sets of the caller's account and region by id."""
    return _SETS.setdefault((context.account, context.region), {})


def publish(name: str, files: Mapping[str, bytes], context: Context, *, comment: str = "") -> tuple[str, str]:
    """Will publish a revision of the data set `name`, made when there is none, and give both ids.

    The account hears of it as "Revision Published To Data Set".
    """
    known = of(context)
    data_set = next((one for one in known.values() if one.name == name), None)
    if data_set is None:
        data_set = DataSet(secrets.token_hex(16), name, context.region, WORLD.now())
        known[data_set.id] = data_set
    assets = [Asset(secrets.token_hex(16), path, content) for path, content in files.items()]
    revision = Revision(secrets.token_hex(16), comment, WORLD.now(), {one.id: one for one in assets})
    data_set.revisions[revision.id] = revision
    detail = {"RevisionIds": [revision.id], "DataSetName": name, "ProductName": name, "ProductId": "prod-simulated"}
    events.publish("aws.dataexchange", "Revision Published To Data Set", detail, [data_set.id], context)
    return data_set.id, revision.id


def revoke(set_id: str, revision_id: str, comment: str, context: Context) -> None:
    """Will revoke a revision: it is listed as such, and the account hears of it as "Revision Revoked"."""
    known = revision(set_id, revision_id, context)
    known.revoked_at, known.revocation_comment = WORLD.now(), comment
    name = data_set(set_id, context).name
    detail = {"RevisionIds": [revision_id], "DataSetName": name, "RevocationComment": comment}
    events.publish("aws.dataexchange", "Revision Revoked", detail, [set_id], context)


def data_set(id_: str, context: Context) -> DataSet:
    """Will find a data set. Raises AwsError(ResourceNotFoundException)."""
    return _found(of(context), id_, "DATA_SET")


def revision(set_id: str, id_: str, context: Context) -> Revision:
    """Will find a revision. Raises AwsError(ResourceNotFoundException)."""
    return _found(data_set(set_id, context).revisions, id_, "REVISION")


def _found(known: Mapping[str, Found], id_: str, kind: str) -> Found:
    if id_ not in known:
        message = f"Resource {id_} of type {kind} is not found"
        raise AwsError("ResourceNotFoundException", message, ResourceId=id_, ResourceType=kind)
    return known[id_]


def _control(body: control.Body) -> Any:
    """{"name", "region", "files": {path: text}}."""
    context = Context(str(body.get("account", DEFAULT_ACCOUNT_ID)), str(body["region"]), "")
    files = {path: str(text).encode() for path, text in body["files"].items()}
    with WORLD.lock:
        set_id, revision_id = publish(body["name"], files, context, comment=body.get("comment", ""))
    return {"data_set": set_id, "revision": revision_id}


control.register("dataexchange/revisions", _control)
