"""The code calls nothing that the roles don't allow, and the roles allow nothing that the code doesn't call."""

import importlib

import pytest

from analytics.catalogs import glue
from analytics.dashboards import quicksight
from analytics.engines.athena import engine as athena
from analytics.operations.lake import publishing, serving
from analytics.sources import data_exchange
from releases.measures import cloudwatch
from releases.pipelines import codepipeline, mailbox
from releases.repositories import codecommit
from releases.targets.codedeploy import target as codedeploy
from releases.targets.ecs import target as ecs
from releases.targets.sided.movers import lambda_swap, listener, route53
from releases.targets.sided.places import health
from tests.docker import programs
from tests.infra import calls, policies, templates

# GetCallerIdentity needs no permission, and none can keep it from anybody (STS API reference).
FREE = {"sts:GetCallerIdentity"}
# Needed besides the action of the call itself, each with the calls that need it.
BY_ATHENA = (
    *("glue:GetDatabase", "glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"),
    *("s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"),
    *("s3:AbortMultipartUpload", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"),
)
BESIDES = {
    "iam:PassRole": {"ecs:RegisterTaskDefinition"},
    "ecs:TagResource": {"ecs:RegisterTaskDefinition"},
    "codedeploy:RegisterApplicationRevision": {"codedeploy:CreateDeployment"},
    "s3:GetObjectVersion": {"s3:GetObject"},
    "s3:PutObject": {"athena:StartQueryExecution", "dataexchange:CreateJob"},
    "s3:PutObjectAcl": {"dataexchange:CreateJob"},
    **{action: {"athena:StartQueryExecution"} for action in BY_ATHENA},
    "s3:AbortMultipartUpload": {"athena:StartQueryExecution", "s3:PutObject"},
}
# Metrics are no resources; the reference's "dataset" is of another kind of reading than ours.
WITHOUT_RESOURCE = {"cloudwatch:GetMetricData"}
# Of what IAM's reference had not when cfn-lint's list was made.
NEWER = route53.PROTECTION_ACTIONS
snapshots = programs.load("snapshots", folder=programs.DOCKER)
SWAP = templates.INFRA / "lambda" / "swap" / "handler.py"
SNAPSHOTS = calls.ROOT / "docker" / "snapshots.py"
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}

# What each role is for, in the portal's own words: its policies, and the modules that use it.
RELEASES = {
    ("CodeDeployPolicy",): codedeploy.ACTIONS | cloudwatch.ACTIONS,
    ("EcsPolicy",): ecs.ACTIONS | cloudwatch.ACTIONS,
}
MORE = {
    ("DatasetPolicy",): serving.ACTIONS,
    ("NamesPolicy",): route53.ACTIONS,
    ("ProtectionPolicy",): route53.PROTECTION_ACTIONS,
    ("ListenerPolicy",): listener.ACTIONS | listener.RULE_ACTIONS,
    ("SwapPolicy",): lambda_swap.ACTIONS,
    ("SidesPolicy",): health.ACTIONS,
}


@pytest.mark.parametrize("named", RELEASES, ids=lambda named: named[0])
def test_the_release_role_is_what_a_target_calls(named):
    assert policies.allowed("ReleaseRole", *named) == RELEASES[named] - FREE


@pytest.mark.parametrize("named", MORE, ids=lambda named: named[0])
def test_what_is_added_to_the_release_role_is_what_moves_traffic_calls(named):
    inside = {action for one in policies.statements() if one.policy == named[0] for action in one.actions}
    assert inside == MORE[named]


def test_the_release_role_has_no_policy_that_no_module_uses():
    used = {name for named in (*RELEASES, *MORE) for name in named}
    assert {one.policy for one in policies.statements() if one.role == "ReleaseRole"} == used | {""}


def test_the_watch_role_is_what_the_pipeline_calls():
    assert policies.allowed("WatchRole") == codepipeline.ACTIONS | mailbox.ACTIONS | codecommit.ACTIONS


def test_the_query_role_is_what_athena_is_asked_and_does_for_us():
    assert policies.allowed("QueryRole") == athena.ACTIONS | glue.ACTIONS


def test_the_sources_role_is_what_bringing_data_in_calls():
    assert policies.allowed("SourcesRole") == data_exchange.ACTIONS


def test_the_publish_role_is_what_sending_snapshots_calls():
    assert policies.allowed("PublishRole") == publishing.ACTIONS


def test_the_dashboards_role_is_what_embedding_and_refreshing_call():
    assert policies.allowed("DashboardsRole") == quicksight.ACTIONS


def test_the_role_under_which_people_read_dashboards_may_do_nothing():
    assert not [one for one in policies.statements() if one.role == "ReadersRole"]


def test_the_portal_itself_may_only_take_roles():
    processes = ("WebRole", "WorkerRole", "QueriesRole")
    found = {role: {one.resources for one in policies.statements() if one.role == role} for role in processes}
    environments, queries = ('{"Ref": "EnvironmentRoles"}',), ('{"Ref": "QueryRole"}',)
    sources, dashboards = ('{"Ref": "SourcesRole"}',), ('{"Ref": "DashboardsRole"}',)
    publish = ('{"Ref": "PublishRole"}',)
    # Where SQL that people write is run, nothing can be released.
    assert found == {
        "WebRole": {environments, queries, dashboards},
        "WorkerRole": {environments},
        "QueriesRole": {queries, sources, publish, dashboards},
    }
    assert {action for role in processes for action in policies.allowed(role)} == {"sts:AssumeRole"}


def test_the_released_service_may_fetch_its_snapshot_and_no_more():
    assert policies.allowed("TaskRole", "SnapshotPolicy") == calls.actions(SNAPSHOTS) == snapshots.ACTIONS
    (one,) = (one for one in policies.statements() if one.role == "TaskRole")
    assert one.resources == ('{"Fn::Sub": "arn:${AWS::Partition}:s3:::${LakeBucket}/lake/${Dataset}/*"}',)


def test_code_that_people_write_in_notebooks_may_do_nothing():
    assert not [one for one in policies.statements() if one.role == "NotebooksRole"]
    secrets = [one for one in policies.statements() if "secretsmanager:GetSecretValue" in one.actions]
    assert {one.resources for one in secrets if one.role == "NotebooksExecutionRole"} == {('{"Ref": "Token"}',)}


def test_the_swap_role_is_what_the_function_calls():
    assert policies.allowed("SwapRole", "ListenerPolicy", "RecordsPolicy") == calls.actions(SWAP) | LOGS


@pytest.mark.parametrize("path", calls.modules(), ids=lambda path: str(path.relative_to(calls.ROOT)))
def test_a_module_says_which_actions_its_calls_need(path):
    name = ".".join(path.relative_to(calls.ROOT).with_suffix("").parts)
    module = importlib.import_module(name)
    said = set().union(*(value for key, value in vars(module).items() if key.endswith("ACTIONS")))
    found = calls.actions(path)
    assert found - said - FREE == set(), "called, and not said"
    others = {action for one in calls.modules() if one != path for action in calls.actions(one)}
    never = {one for one in said - found - others if said.isdisjoint(BESIDES.get(one, ()))}
    assert never == set(), "said, and never called"


def test_every_module_that_calls_aws_is_known_by_a_role():
    needed = {action for path in calls.modules() for action in calls.actions(path)} - FREE
    taken = ("ReleaseRole", "WatchRole", "QueryRole", "SourcesRole", "PublishRole", "DashboardsRole")
    roles = (*taken, "WebRole", "WorkerRole", "QueriesRole")
    granted = {action for one in policies.statements() if one.role in roles for action in one.actions}
    assert needed - granted == set()
    assert granted - needed - set(BESIDES) == {"sts:AssumeRole"}


def test_a_star_stands_only_where_no_resource_can():
    wrong = [
        f"{one.where}: {action}"
        for one in policies.statements()
        if "*" in one.resources
        for action in one.actions
        if action not in WITHOUT_RESOURCE and policies.takes_resource(action)
    ]
    assert wrong == []


def test_a_resource_stands_only_where_it_counts():
    wrong = [
        f"{one.where}: {action}"
        for one in policies.statements()
        if "*" not in one.resources
        for action in one.actions
        if action not in NEWER and not policies.takes_resource(action)
    ]
    assert wrong == []
