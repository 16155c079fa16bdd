"""Data sources, data sets, analyses and dashboards, and who may see a dashboard."""

from collections.abc import Iterator
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.services.quicksight.account import Parameters, Resource, answered, arn, of, refuse_standard
from simulator.world import WORLD

PAGE = 100
SEES = "quicksight:DescribeDashboard"


def _create(kind: str, id_: str, parameters: Parameters, context: Context) -> Resource:
    known = of(context).resources
    if (kind, id_) in known:
        raise AwsError("ResourceExistsException", f"{kind} {id_} exists", ResourceType=kind.upper())
    known[kind, id_] = Resource(arn(kind, id_, context), parameters, WORLD.now())
    return known[kind, id_]


@operation("quicksight", "CreateDataSource")
def _create_data_source(parameters: Parameters, context: Context) -> dict[str, Any]:
    made = _create("datasource", parameters["DataSourceId"], parameters, context)
    return answered(Arn=made.arn, DataSourceId=parameters["DataSourceId"], CreationStatus="CREATION_SUCCESSFUL")


@operation("quicksight", "CreateDataSet")
def _create_data_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    for table in parameters["PhysicalTableMap"].values():
        _named(next(iter(table.values()))["DataSourceArn"], context)
    made = _create("dataset", parameters["DataSetId"], parameters, context)
    return answered(Arn=made.arn, DataSetId=parameters["DataSetId"])


@operation("quicksight", "DescribeDataSet")
def _describe_data_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    found = of(context).resource("dataset", parameters["DataSetId"])
    described = {
        "Arn": found.arn,
        "DataSetId": found.told["DataSetId"],
        "Name": found.told["Name"],
        "ImportMode": found.told["ImportMode"],
        "CreatedTime": found.made_at,
        "LastUpdatedTime": found.made_at,
        "PhysicalTableMap": dict(found.told["PhysicalTableMap"]),
    }
    return answered(DataSet=described)


@operation("quicksight", "CreateAnalysis")
def _create_analysis(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    _refuse_unknown_sets(parameters, context)
    made = _create("analysis", parameters["AnalysisId"], parameters, context)
    return answered(Arn=made.arn, AnalysisId=parameters["AnalysisId"], CreationStatus="CREATION_SUCCESSFUL")


@operation("quicksight", "CreateTemplate")
def _create_template(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    analysis = _named(parameters["SourceEntity"]["SourceAnalysis"]["Arn"], context)
    told = {**parameters, "Definition": analysis.told["Definition"]}
    made = _create("template", parameters["TemplateId"], told, context)
    ids = {"Arn": made.arn, "VersionArn": f"{made.arn}/version/1", "TemplateId": parameters["TemplateId"]}
    return answered(**ids, CreationStatus="CREATION_SUCCESSFUL")


@operation("quicksight", "CreateDashboard")
def _create_dashboard(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    _refuse_unknown_sets(parameters, context)
    source = (parameters.get("SourceEntity") or {}).get("SourceTemplate")
    told = {**parameters, "Definition": _named(source["Arn"], context).told["Definition"]} if source else parameters
    made = _create("dashboard", parameters["DashboardId"], told, context)
    version = f"{made.arn}/version/1"
    ids = {"Arn": made.arn, "VersionArn": version, "DashboardId": parameters["DashboardId"]}
    return answered(**ids, CreationStatus="CREATION_SUCCESSFUL")


@operation("quicksight", "DescribeDashboard")
def _describe_dashboard(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    found = of(context).resource("dashboard", parameters["DashboardId"])
    version = {
        "Arn": f"{found.arn}/version/1",
        "CreatedTime": found.made_at,
        "DataSetArns": data_sets(found.told),
        "Sheets": [{"SheetId": sheet["SheetId"], "Name": sheet["Name"]} for sheet in sheets(found)],
        "Status": "CREATION_SUCCESSFUL",
        "VersionNumber": 1,
    }
    described = {name: one for name, one in _summary(found).items() if name != "PublishedVersionNumber"}
    return answered(Dashboard={**described, "Version": version})


@operation("quicksight", "DescribeDashboardPermissions")
def _describe_permissions(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    found = of(context).resource("dashboard", parameters["DashboardId"])
    permissions = list(found.told.get("Permissions") or [])
    return answered(DashboardId=parameters["DashboardId"], DashboardArn=found.arn, Permissions=permissions)


@operation("quicksight", "ListDashboards")
def _list(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    return _page([_summary(one) for one in _dashboards(context)], parameters)


@operation("quicksight", "SearchDashboards")
def _search(parameters: Parameters, context: Context) -> dict[str, Any]:
    refuse_standard(context)
    (wanted,) = parameters["Filters"]
    if wanted["Name"] != "QUICKSIGHT_VIEWER_OR_OWNER" or wanted["Operator"] != "StringEquals":
        raise AwsError("InvalidParameterValueException", f"{wanted['Name']} {wanted['Operator']} is not simulated")
    return _page([_summary(one) for one in _dashboards(context) if is_shared(one, wanted["Value"])], parameters)


def is_shared(dashboard: Resource, user: str) -> bool:
    """Will tell whether a user, by ARN, may see a dashboard: granted, or shared with all of the namespace."""
    namespace = user.partition(":user/")[2].partition("/")[0]
    everybody = f"{user.partition(':user/')[0]}:namespace/{namespace}"
    granted = {
        one["Principal"] for one in _permissions(dashboard) if any(action == SEES for action in one.get("Actions", ()))
    }
    return not granted.isdisjoint({user, everybody})


def sheets(dashboard: Resource) -> list[dict[str, Any]]:
    """Will give a dashboard's sheets."""
    return list(dashboard.told["Definition"]["Sheets"])


def data_sets(told: Parameters) -> list[str]:
    """Will give the ARNs of the data sets that an analysis or a dashboard reads."""
    template = (told.get("SourceEntity") or {}).get("SourceTemplate")
    named = template["DataSetReferences"] if template else told["Definition"]["DataSetIdentifierDeclarations"]
    return [str(one["DataSetArn"]) for one in named]


def _permissions(dashboard: Resource) -> Iterator[dict[str, Any]]:
    yield from dashboard.told.get("Permissions") or []
    yield from (dashboard.told.get("LinkSharingConfiguration") or {}).get("Permissions") or []


def _refuse_unknown_sets(parameters: Parameters, context: Context) -> None:
    for one in data_sets(parameters):
        _named(one, context)


def _named(named: str, context: Context) -> Resource:
    kind, _, id_ = named.rpartition(":")[2].partition("/")
    return of(context).resource(kind, id_)


def _dashboards(context: Context) -> list[Resource]:
    return [one for (kind, _), one in of(context).resources.items() if kind == "dashboard"]


def _summary(one: Resource) -> dict[str, Any]:
    moments = dict.fromkeys(("CreatedTime", "LastUpdatedTime", "LastPublishedTime"), one.made_at)
    ids = {"Arn": one.arn, "DashboardId": one.told["DashboardId"], "Name": one.told["Name"]}
    return {**ids, **moments, "PublishedVersionNumber": 1}


def _page(found: list[dict[str, Any]], parameters: Parameters) -> dict[str, Any]:
    first, most = int(parameters.get("NextToken") or 0), int(parameters.get("MaxResults") or PAGE)
    more = {"NextToken": str(first + most)} if first + most < len(found) else {}
    return answered(DashboardSummaryList=found[first : first + most], **more)
