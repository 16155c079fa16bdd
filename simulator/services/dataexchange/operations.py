"""The calls that read the catalog."""

from collections.abc import Mapping
from typing import Any

from simulator.operations import Context, operation
from simulator.services.dataexchange import catalog
from simulator.services.dataexchange.catalog import Asset, DataSet, Revision

PAGE = 25
Parameters = Mapping[str, Any]


@operation("dataexchange", "ListDataSets")
def _list_data_sets(parameters: Parameters, context: Context) -> dict[str, Any]:
    wanted = parameters.get("Origin") or "ENTITLED"
    found = [_data_set(one) for one in catalog.of(context).values()] if wanted == "ENTITLED" else []
    return page("DataSets", found, parameters)


@operation("dataexchange", "GetDataSet")
def _get_data_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    return _data_set(catalog.data_set(parameters["DataSetId"], context))


@operation("dataexchange", "ListDataSetRevisions")
def _list_revisions(parameters: Parameters, context: Context) -> dict[str, Any]:
    data_set = catalog.data_set(parameters["DataSetId"], context)
    found = [_revision(data_set, one) for one in reversed(data_set.revisions.values())]
    return page("Revisions", found, parameters)


@operation("dataexchange", "GetRevision")
def _get_revision(parameters: Parameters, context: Context) -> dict[str, Any]:
    data_set = catalog.data_set(parameters["DataSetId"], context)
    return _revision(data_set, catalog.revision(data_set.id, parameters["RevisionId"], context))


@operation("dataexchange", "ListRevisionAssets")
def _list_assets(parameters: Parameters, context: Context) -> dict[str, Any]:
    data_set = catalog.data_set(parameters["DataSetId"], context)
    revision = catalog.revision(data_set.id, parameters["RevisionId"], context)
    found = [_asset(data_set, revision, one) for one in revision.assets.values()]
    return page("Assets", found, parameters)


def page(name: str, found: list[dict[str, Any]], parameters: Parameters) -> dict[str, Any]:
    """Will give one page of what was found."""
    first, most = int(parameters.get("NextToken") or 0), int(parameters.get("MaxResults") or PAGE)
    answer: dict[str, Any] = {name: found[first : first + most]}
    return answer | ({"NextToken": str(first + most)} if first + most < len(found) else {})


def _data_set(one: DataSet) -> dict[str, Any]:
    latest = max((revision.created_at for revision in one.revisions.values()), default=one.created_at)
    return {
        "Arn": one.arn,
        "AssetType": "S3_SNAPSHOT",
        "CreatedAt": one.created_at,
        "Description": one.name,
        "Id": one.id,
        "Name": one.name,
        "Origin": "ENTITLED",
        "OriginDetails": {"ProductId": "prod-simulated"},
        "UpdatedAt": latest,
    }


def _revision(data_set: DataSet, one: Revision) -> dict[str, Any]:
    known = {
        "Arn": f"{data_set.arn}/revisions/{one.id}",
        "Comment": one.comment,
        "CreatedAt": one.created_at,
        "DataSetId": data_set.id,
        "Finalized": True,
        "Id": one.id,
        "UpdatedAt": one.revoked_at or one.created_at,
        "Revoked": one.revoked_at is not None,
    }
    if one.revoked_at is None:
        return known
    return known | {"RevokedAt": one.revoked_at, "RevocationComment": one.revocation_comment}


def _asset(data_set: DataSet, revision: Revision, one: Asset) -> dict[str, Any]:
    return {
        "Arn": f"{data_set.arn}/revisions/{revision.id}/assets/{one.id}",
        "AssetDetails": {"S3SnapshotAsset": {"Size": float(len(one.content))}},
        "AssetType": "S3_SNAPSHOT",
        "CreatedAt": revision.created_at,
        "DataSetId": data_set.id,
        "Id": one.id,
        "Name": one.name,
        "RevisionId": revision.id,
        "UpdatedAt": revision.created_at,
    }
