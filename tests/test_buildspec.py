"""buildspec.yml is run: its own commands in order, AWS simulated, the portal alive; uv, make and docker stand in."""

import json
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import yaml

from portal import clock
from portal.accounts import tokens
from portal.accounts.permissions import Role, Scope
from portal.audit.models import Event
from releases.models import Release
from simulator.contract import violations
from tests import factories
from tests.account import REGION
from tests.docker import codebuild, programs
from tests.docker.standins import BASE_DIGEST
from tests.infra import templates

registry = programs.load("registry")
SERVICE = "covid-insights"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{SERVICE}"
BUILD = "covid-insights:0a1b2c3d-1111-2222-3333-444455556666"


@pytest.fixture
def token(transactional_db):
    owner = factories.user(Role.DEVELOPER, username="builds")
    scopes = (Scope.READ, Scope.RECORD)
    return tokens.make(owner=owner, name="build", scopes=scopes, valid_for=timedelta(hours=1), now=clock.now())[1]


@pytest.fixture
def project(tmp_path, account, live_server, token):
    account.hand("ecr").create_repository(repositoryName=SERVICE, imageTagMutability="IMMUTABLE")
    factories.service(slug=SERVICE)
    environment = {
        "SERVICE": SERVICE,
        "IMAGE_REPOSITORY": REPOSITORY,
        "PORTAL_ADDRESS": live_server.url,
        "PORTAL_TOKEN": token,
        "CODEBUILD_BUILD_ID": BUILD,
    }
    return codebuild.Project(tmp_path, environment)


def image_of(account, version):
    found = account.client("ecr").describe_images(repositoryName=SERVICE, imageIds=[{"imageTag": version}])
    return found["imageDetails"][0]["imageDigest"]


def count_of_images(account):
    return len(account.client("ecr").describe_images(repositoryName=SERVICE)["imageDetails"])


def test_from_a_commit_to_a_recorded_release(project, account, token):
    commit = project.git("rev-parse", "HEAD")
    project.git("tag", "v1.4.0")

    built = project.build()

    assert built.failed == "", built.output
    digest = image_of(account, "1.4.0")
    assert built.exported["RELEASE_VERSION"] == "1.4.0"
    assert built.exported["IMAGE_DIGEST"] == digest
    release = Release.objects.get()
    assert (release.version, release.commit, release.artifact) == ("1.4.0", commit, f"{REPOSITORY}@{digest}")
    assert f"covid-insights 1.4.0 is recorded: {release.digest}" in built.output
    password = (project.folder / "password").read_text()
    assert password
    for secret in (password, token):
        assert secret not in built.output
        assert secret not in json.dumps(project.asked())
    assert [words[:2] for words in project.asked()] == [
        ["uv", "pip"],
        ["make", "check"],
        ["make", "test"],
        ["docker", "login"],
        ["docker", "pull"],
        ["docker", "image"],
        ["docker", "build"],
        ["docker", "push"],
    ]


def test_the_image_is_built_on_a_pinned_base_with_the_build_roles_rights(project, account):
    project.build()

    words = next(words for words in project.asked("docker") if words[0] == "build")
    given = dict(one.split("=", 1) for at, one in enumerate(words) if words[at - 1] == "--build-arg")
    assert given.pop("CREATED")
    assert given == {
        "BASE": f"docker.io/library/python@{BASE_DIGEST}",
        "BASE_DIGEST": BASE_DIGEST,
        "COMMIT": project.git("rev-parse", "HEAD"),
        "VERSION": f"0.1.0-{project.git('rev-parse', 'HEAD')[:12]}",
    }
    dockerfile = (codebuild.ROOT / "docker" / "Dockerfile").read_text()
    assert all(f"ARG {name}" in dockerfile for name in (*given, "CREATED"))
    assert (words[-1], words[words.index("--file") + 1]) == (".", "docker/Dockerfile")
    asked = {f"{one.service}:{one.operation}" for one in account.world.journal.calls if one.service == "ecr"}
    assert asked - {"ecr:CreateRepository"} == registry.ACTIONS | {"ecr:PutImage"} <= _allowed_to_build()


def test_its_artifacts_and_report_are_what_aws_reads(project, account):
    built = project.build()

    artifacts = codebuild.spec()["artifacts"]
    folder = project.source / artifacts["base-directory"]
    found = {path.name for pattern in artifacts["files"] for path in folder.glob(pattern)}
    processes = ("beat", "events", "pipelines", "queries", "web", "worker")
    tasks = {"taskdef.json", *(f"taskdef-{name}.json" for name in processes)}
    assert found == {"imageDetail.json", "appspec.yaml", *tasks}
    image = f"{REPOSITORY}@{built.exported['IMAGE_DIGEST']}"
    assert json.loads((folder / "imageDetail.json").read_text()) == {"ImageURI": image}
    shape = account.client("ecs").meta.service_model.operation_model("RegisterTaskDefinition").input_shape
    for name in tasks:
        definition = json.loads((folder / name).read_text())
        assert violations(shape, definition, name) == []
        assert definition["containerDefinitions"][0]["image"] == image
    resource = yaml.safe_load((folder / "appspec.yaml").read_text())["Resources"][0]["TargetService"]
    container = json.loads((folder / "taskdef.json").read_text())["containerDefinitions"][0]
    balancer = resource["Properties"]["LoadBalancerInfo"]
    assert balancer["ContainerName"] == container["name"]
    assert balancer["ContainerPort"] == container["portMappings"][0]["containerPort"]
    report = codebuild.spec()["reports"]["tests"]
    (file,) = (project.source / report["base-directory"]).glob(report["files"][0])
    assert report["file-format"] == "JUNITXML"
    assert ElementTree.parse(file).getroot()[0].get("tests") == "1"  # noqa: S314 - our own pytest wrote it


@pytest.mark.parametrize("second", [BUILD, f"{BUILD}-again"], ids=["the same build", "a retry of it"])
def test_a_second_build_of_a_commit_makes_nothing_a_second_time(project, account, second):
    first = project.build()
    again = project.build(CODEBUILD_BUILD_ID=second)

    assert again.failed == "", again.output
    assert again.exported == first.exported
    assert "recorded already; nothing changed" in again.output
    assert [words[0] for words in project.asked("docker")].count("build") == 1
    assert count_of_images(account) == 1
    assert Release.objects.count() == 1
    assert Event.objects.filter(verb="record").count() == 1


def test_a_build_that_died_after_its_push_goes_on(project, account):
    died = project.build(PREFIX="")  # describe.py then says that PREFIX is missing
    assert died.failed == "post_build"
    assert Release.objects.count() == 0

    built = project.build()

    assert built.failed == "", built.output
    assert count_of_images(account) == 1
    assert Release.objects.get().artifact.endswith(built.exported["IMAGE_DIGEST"])


def test_a_version_stays_the_commit_it_was(project, account):
    project.git("tag", "v1.4.0")
    project.build()
    project.commit("Second")
    project.git("tag", "--force", "v1.4.0")

    built = project.build(CODEBUILD_BUILD_ID="covid-insights:another")

    assert built.failed == "build"
    assert "A version never changes: give this commit another one." in built.output
    assert count_of_images(account) == 1
    assert Release.objects.count() == 1


@pytest.mark.parametrize("fails", ["check", "test"])
def test_what_fails_its_checks_is_neither_built_nor_recorded(project, account, fails):
    built = project.build(FAILS=fails)

    assert built.failed == "pre_build"
    assert project.asked("docker") == []
    assert account.calls("ecr:GetAuthorizationToken") == []
    assert Release.objects.count() == 0


def test_files_without_a_commit_are_not_built(project):
    (project.source / "docker" / "base.txt").write_text("another:base\n")

    built = project.build()

    assert built.failed == "pre_build"
    assert "not committed" in built.output
    assert project.asked("docker") == []


def test_without_a_portal_the_build_ends_well_and_says_so(project):
    built = project.build(PORTAL_TOKEN="not-set-yet")

    assert built.failed == "", built.output
    assert "is not recorded yet. What serves is unchanged. The portal records it by itself" in built.output
    assert Release.objects.count() == 0
    assert built.exported["IMAGE_DIGEST"].startswith("sha256:")


def test_what_the_portal_refuses_fails_the_build(project):
    built = project.build(SERVICE="no-such-service")

    assert built.failed == "post_build"
    assert "There is no service 'no-such-service'" in built.output


def test_a_registry_that_refuses_is_told_in_a_sentence(project, account):
    account.fault("ecr:DescribeImages", code="AccessDeniedException", times=99)

    built = project.build()

    assert built.failed == "pre_build"
    assert "ECR did not do it: An error occurred (AccessDeniedException)" in built.output
    assert "Traceback" not in built.output


def test_it_reads_what_the_project_sets():
    project = templates.read("pipeline")["Resources"]["BuildProject"]["Properties"]
    given = {one["Name"] for one in project["Environment"]["EnvironmentVariables"]}
    assert {"SERVICE", "IMAGE_REPOSITORY", "PORTAL_ADDRESS", "PORTAL_TOKEN"} <= given
    assert project["Source"]["BuildSpec"] == "buildspec.yml"
    assert project["Environment"]["PrivilegedMode"] is True


def test_no_phase_runs_after_one_that_failed():
    assert {phase["on-failure"] for phase in codebuild.spec()["phases"].values()} == {"ABORT"}


def _allowed_to_build():
    properties = templates.read("pipeline")["Resources"]["BuildRole"]["Properties"]
    statements = properties["Policies"][0]["PolicyDocument"]["Statement"]
    actions = [one["Action"] for one in statements]
    return {action for one in actions for action in (one if isinstance(one, list) else [one])}
