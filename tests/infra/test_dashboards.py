"""The dashboards stand on the simulated account, are those the portal draws, and are embedded by their role alone."""

import httpx
import pytest

from analytics.dashboards.base import RefreshState, Viewer
from analytics.dashboards.ours import OURS, PLACE
from analytics.dashboards.quicksight import ROWS_TAG, QuickSight, QuickSightConfig
from portal import aws
from tests.account import REGION
from tests.factories import NOW
from tests.infra import standing, templates

OWNER = "123456789012"
AUTHOR = f"arn:aws:quicksight:{REGION}:{OWNER}:user/default/author"
WEB = f"arn:aws:iam::{OWNER}:role/verdigris-production-web"
ADA = Viewer("ada", "ada@example.com", frozenset({"viewer"}))


@pytest.fixture
def outputs(account):
    there = standing.environment("production", stacks=("analytics", "dashboards"), QuickSightPrincipal=AUTHOR)
    return standing.Standing(account, there).up()


def definitions():
    """Each analysis's definition, by the id of its dashboard."""
    found = templates.resources("AWS::QuickSight::Analysis")
    return {
        one["Properties"]["AnalysisId"]["Fn::Sub"].removeprefix("${Prefix}-"): one["Properties"] for _, _, one in found
    }


def test_they_are_those_that_the_portal_draws():
    drawn = {
        one.id: (one.name, [(sheet.id, sheet.name, list(sheet.measures)) for sheet in one.sheets])
        for one in OURS.values()
    }
    declared = {
        id_: (
            one["Name"],
            [
                (
                    sheet["SheetId"],
                    sheet["Name"],
                    [visual["LineChartVisual"]["VisualId"] for visual in sheet["Visuals"]],
                )
                for sheet in one["Definition"]["Sheets"]
            ],
        )
        for id_, one in definitions().items()
    }
    assert declared == drawn


def test_each_visual_shows_the_measure_it_is_named_after_from_a_column_that_there_is():
    ((_, _, data_set),) = templates.resources("AWS::QuickSight::DataSet")
    table = data_set["Properties"]["PhysicalTableMap"]["measures"]["CustomSql"]
    columns = {one["Name"] for one in table["Columns"]}
    assert all(f"{name}" in table["SqlQuery"]["Fn::Sub"] for name in columns)
    for one in definitions().values():
        for sheet in one["Definition"]["Sheets"]:
            for visual in (found["LineChartVisual"] for found in sheet["Visuals"]):
                wells = visual["ChartConfiguration"]["FieldWells"]["LineChartAggregatedFieldWells"]
                (value,) = wells["Values"]
                assert value["NumericalMeasureField"]["Column"]["ColumnName"] == visual["VisualId"] in columns


def test_the_place_and_the_tag_are_those_that_the_portal_sends():
    for one in definitions().values():
        (parameter,) = one["Definition"]["ParameterDeclarations"]
        (group,) = one["Definition"]["FilterGroups"]
        (filter_,) = group["Filters"]
        assert parameter["StringParameterDeclaration"]["Name"] == PLACE
        assert filter_["CategoryFilter"]["Configuration"]["CustomFilterConfiguration"]["ParameterName"] == PLACE
    ((_, _, data_set),) = templates.resources("AWS::QuickSight::DataSet")
    (rule,) = data_set["Properties"]["RowLevelPermissionTagConfiguration"]["TagRules"]
    assert (rule["TagKey"], rule["TagMultiValueDelimiter"], rule["MatchAllValue"]) == (ROWS_TAG, ",", "*")


@pytest.mark.parametrize("is_anonymous", [False, True])
def test_the_role_alone_embeds_and_refreshes(account, outputs, is_anonymous):
    httpx.post(f"{account.url}/simulator/iam", json={"enforce": True}).raise_for_status()
    config = QuickSightConfig(
        region=REGION,
        account=OWNER,
        dashboards=tuple(f"verdigris-production-{id_}" for id_ in OURS),
        frames_from=f"https://{REGION}.quicksight.aws.amazon.com",
        reader_role_arn=outputs["ReadersRole"],
        may_register=True,
        is_anonymous=is_anonymous,
        rows={"viewer": "Europe"},
    )
    access = aws.Access(REGION, outputs["DashboardsRole"])
    there = QuickSight(config, lambda service, **words: aws.client(service, access, **words))
    assert [one.name for one in there.listed(ADA)] == ["COVID-19 at a glance", "Vaccination"]
    assert (
        "/dashboards/verdigris-production-overview?code="
        in there.embed("verdigris-production-overview", viewer=ADA, now=NOW).address
    )
    assert [one.state for one in there.refresh("one")] == [RefreshState.WAITING]
    assert [one.data_set for one in there.refreshes()] == ["verdigris-production-measures"]


def test_without_quicksight_only_the_roles_are_made(account):
    outputs = standing.Standing(account, standing.environment("production", stacks=("analytics", "dashboards"))).up()
    assert "QuickSightRegion" not in outputs
    assert outputs["DashboardsRole"].endswith(":role/verdigris-production-dashboards")
    assert account.hand("quicksight").list_dashboards(AwsAccountId=OWNER)["DashboardSummaryList"] == []
