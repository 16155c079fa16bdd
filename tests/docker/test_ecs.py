"""The task definitions are what ECS takes, run what the image knows, and say the same as infra/."""

import json

import pytest
import yaml

from simulator.contract import violations
from tests.account import REGION
from tests.docker import codebuild, programs
from tests.infra import templates

describe = programs.load("describe")
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/covid-insights"
DIGEST = f"sha256:{'c' * 64}"
NOTEBOOKS_DIGEST = f"sha256:{'d' * 64}"
FACTS = describe.facts(
    {
        "SERVICE": "covid-insights",
        "PREFIX": "verdigris-production",
        "IMAGE_REPOSITORY": REPOSITORY,
        "IMAGE_DIGEST": DIGEST,
        "PORTAL_ADDRESS": "https://releases.example.org",
        "NOTEBOOKS_DIGEST": NOTEBOOKS_DIGEST,
        "SNAPSHOT_POINTER": "s3://lake/lake/covid-cases/current.json",
        "EMBED_ORIGINS": "https://news.example.org",
    }
)
STACKS = {
    "insights": ("service", "TaskDefinition"),
    "web": ("processes", "WebTasks"),
    "events": ("processes", "EventsTasks"),
    "worker": ("processes", "WorkerTasks"),
    "pipelines": ("processes", "PipelinesTasks"),
    "queries": ("processes", "QueriesTasks"),
    "beat": ("processes", "BeatTasks"),
    "notebooks": ("notebooks", "NotebooksTasks"),
}
PROCESSES = tuple(STACKS)
# What the templates leave to their parameters.
POINTER = {"Fn::If": ["HasLake", {"Fn::Sub": "s3://${LakeBucket}/lake/${Dataset}/current.json"}, ""]}
WRITTEN = {
    "{'Ref': 'PortalHost'}": FACTS["PORTAL_HOST"],
    str(POINTER): FACTS["SNAPSHOT_POINTER"],
    "{'Ref': 'EmbedOrigins'}": FACTS["EMBED_ORIGINS"],
    "{'Fn::Sub': 'https://${PortalHost}'}": f"https://{FACTS['PORTAL_HOST']}",
    "{'Ref': 'AWS::Region'}": REGION,
    "{'Ref': 'WorkGroup'}": "verdigris-production-covid",
    "{'Ref': 'QueryRole'}": "arn:aws:iam::123456789012:role/verdigris-production-query",
    "{'Ref': 'SourcesRole'}": "arn:aws:iam::123456789012:role/verdigris-production-sources",
    "{'Ref': 'DashboardsRole'}": "arn:aws:iam::123456789012:role/verdigris-production-dashboards",
    "{'Ref': 'ReadersRole'}": "arn:aws:iam::123456789012:role/verdigris-production-readers",
    "{'Ref': 'AWS::AccountId'}": "123456789012",
    "{'Ref': 'QuickSightRegion'}": "",
    "{'Fn::Sub': '${Prefix}-overview,${Prefix}-vaccination'}": ",".join(
        f"verdigris-production-{name}" for name in ("overview", "vaccination")
    ),
    "{'Ref': 'PublishRole'}": "arn:aws:iam::123456789012:role/verdigris-production-publish",
    "{'Ref': 'LakeBucket'}": "verdigris-production-lake-123456789012",
    "{'Fn::Sub': 's3://${LakeBucket}/raw/'}": "s3://verdigris-production-lake-123456789012/raw/",
    "{'Fn::Sub': 's3://${ResultsBucket}/'}": "s3://verdigris-production-results-123456789012/",
}
# What a container does whose root file system can't be written, by the Dockerfile.
WRITABLE = {"/var/lib/verdigris", "/tmp"}


def definition(process):
    return describe.task_definition(process, FACTS)


def container(process):
    (found,) = definition(process)["containerDefinitions"]
    return found


@pytest.mark.parametrize("process", PROCESSES)
def test_ecs_takes_it(account, process):
    ecs = account.client("ecs", may_repeat=False)
    shape = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
    assert violations(shape, definition(process), process) == []

    registered = ecs.register_task_definition(**definition(process))["taskDefinition"]

    assert registered["family"] == definition(process)["family"]
    digest = NOTEBOOKS_DIGEST if process == "notebooks" else DIGEST
    assert registered["containerDefinitions"][0]["image"] == f"{REPOSITORY}@{digest}"


@pytest.mark.parametrize("process", STACKS)
def test_it_says_what_infra_says(process):
    stack, name = STACKS[process]
    properties = templates.read(stack)["Resources"][name]["Properties"]
    (theirs,) = properties["ContainerDefinitions"]
    ours = container(process)
    mine = definition(process)
    assert (mine["cpu"], mine["memory"]) == (*(_parameter(stack, properties[size]) for size in ("Cpu", "Memory")),)
    assert (mine["networkMode"], mine["requiresCompatibilities"]) == (
        properties["NetworkMode"],
        properties["RequiresCompatibilities"],
    )
    assert (ours["name"], ours["command"]) == (theirs["Name"], theirs["Command"])
    ports = [one["ContainerPort"] for one in theirs.get("PortMappings", [])]
    assert [one["containerPort"] for one in ours.get("portMappings", [])] == ports
    assert {one["name"]: one["value"] for one in ours["environment"]} == {
        one["Name"]: WRITTEN.get(str(one["Value"]), one["Value"]) for one in theirs["Environment"]
    }
    assert [one["name"] for one in ours.get("secrets", [])] == [one["Name"] for one in theirs.get("Secrets", [])]
    assert _in_small(theirs["HealthCheck"]) == ours["healthCheck"]
    assert _in_small(theirs["LinuxParameters"]) == ours["linuxParameters"]
    assert theirs["ReadonlyRootFilesystem"] is ours["readonlyRootFilesystem"]
    assert [_in_small(one) for one in theirs["MountPoints"]] == ours["mountPoints"]
    assert [_in_small(one) for one in properties["Volumes"]] == mine["volumes"]
    assert theirs["StopTimeout"] == ours["stopTimeout"]
    options = theirs["LogConfiguration"]["Options"]
    assert ours["logConfiguration"]["options"]["awslogs-stream-prefix"] == options["awslogs-stream-prefix"]


def test_the_worker_of_pipelines_is_a_worker():
    changed = json.loads(json.dumps(definition("pipelines")).replace("pipelines", "worker"))
    # The role and the log group of both are the worker's.
    assert changed == definition("worker")


def test_what_is_named_ahead_is_what_the_stack_analytics_names():
    made = {name: one["Properties"] for template, name, one in templates.resources() if template == "analytics"}
    assert made["WorkGroup"]["Name"] == {"Fn::Sub": "${Prefix}-covid"}
    assert made["QueryRole"]["RoleName"] == {"Fn::Sub": "${Prefix}-query"}
    assert made["SourcesRole"]["RoleName"] == {"Fn::Sub": "${Prefix}-sources"}
    assert made["PublishRole"]["RoleName"] == {"Fn::Sub": "${Prefix}-publish"}
    assert made["ResultsBucket"]["BucketName"] == {"Fn::Sub": "${Prefix}-results-${AWS::AccountId}"}


def _in_small(value):
    """CloudFormation's names begin with a capital, the API's don't."""
    if not isinstance(value, dict):
        return value
    return {f"{name[0].lower()}{name[1:]}": _in_small(one) for name, one in value.items()}


def test_notebooks_are_left_out_without_an_image(tmp_path):
    written = describe.write(tmp_path, {**FACTS, "NOTEBOOKS_IMAGE": ""})
    assert "taskdef-notebooks.json" not in {path.name for path in written}
    assert "taskdef-web.json" in {path.name for path in written}


def test_every_file_is_known():
    assert {path.stem for path in (codebuild.ROOT / "docker" / "ecs").glob("*.json")} == set(PROCESSES)


def _parameter(stack, value):
    return value if isinstance(value, str) else templates.read(stack)["Parameters"][value["Ref"]]["Default"]


@pytest.mark.parametrize("process", PROCESSES)
def test_its_root_is_read_only_and_what_is_written_has_a_place(process):
    ours = container(process)
    assert ours["readonlyRootFilesystem"] is True
    assert {one["containerPath"] for one in ours["mountPoints"]} == WRITABLE
    assert {one["sourceVolume"] for one in ours["mountPoints"]} == {
        one["name"] for one in definition(process)["volumes"]
    }
    dockerfile = (codebuild.ROOT / "docker" / "Dockerfile").read_text()
    (named,) = [line for line in dockerfile.splitlines() if line.startswith("VOLUME")]
    assert set(json.loads(named.removeprefix("VOLUME "))) == WRITABLE


@pytest.mark.parametrize("process", PROCESSES)
def test_it_may_drain(process):
    # Fargate gives 120 s at most (ECS API reference, ContainerDefinition.stopTimeout).
    assert 30 <= container(process)["stopTimeout"] <= 120


@pytest.mark.parametrize("process", PROCESSES)
def test_no_secret_is_a_plain_value(process):
    ours = container(process)
    named = {one["name"] for one in ours["environment"]}
    assert not [name for name in named if any(word in name for word in ("KEY", "TOKEN", "PASSWORD", "URL"))]
    assert all(one["valueFrom"].startswith("arn:aws:secretsmanager:") for one in ours.get("secrets", []))


def test_whole_arns_of_secrets_go_before_the_short_ones():
    whole = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other/database-AbCdEf"
    known = describe.facts(
        {
            "SERVICE": "s",
            "PREFIX": "p",
            "IMAGE_REPOSITORY": REPOSITORY,
            "IMAGE_DIGEST": DIGEST,
            "PORTAL_ADDRESS": "https://releases.example.org",
            "DATABASE_URL_SECRET": whole,
        }
    )
    (web,) = describe.task_definition("web", known)["containerDefinitions"]
    assert {one["name"]: one["valueFrom"] for one in web["secrets"]}["DATABASE_URL"] == whole


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"PREFIX": ""}, "Nothing was written: PREFIX must be set."),
        ({"SERVICE": "", "IMAGE_DIGEST": ""}, "Nothing was written: SERVICE and IMAGE_DIGEST must be set."),
        ({"IMAGE_DIGEST": "latest"}, "is no image of ECR by its digest"),
        ({"IMAGE_REPOSITORY": "docker.io/me/site"}, "is no image of ECR by its digest"),
    ],
)
def test_what_is_missing_is_named(changed, sentence):
    names = ("SERVICE", "PREFIX", "PORTAL_ADDRESS")
    given = {**dict.fromkeys(names, "x"), "IMAGE_REPOSITORY": REPOSITORY, "IMAGE_DIGEST": DIGEST, **changed}
    with pytest.raises(SystemExit, match=sentence):
        describe.facts(given)


def test_the_appspec_is_codedeploys():
    spec = yaml.safe_load((codebuild.ROOT / "docker" / "appspec.yaml").read_text())
    (target,) = spec["Resources"]
    properties = target["TargetService"]["Properties"]
    assert spec["version"] == 0.0
    assert target["TargetService"]["Type"] == "AWS::ECS::Service"
    assert properties["TaskDefinition"] == "<TASK_DEFINITION>"
    assert properties["LoadBalancerInfo"] == {"ContainerName": "web", "ContainerPort": 8000}
