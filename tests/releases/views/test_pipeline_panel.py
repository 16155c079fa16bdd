"""How a release was made, on its page and on its rollouts' pages."""

from datetime import timedelta

import pytest
from django.urls import reverse

from portal import clock
from releases.models import Build, Execution, GateDecision, GateLink, PipelineLink
from releases.rules.pipelines.standings import Kind
from releases.rules.states import State
from tests import factories
from tests.releases.views.conftest import rollout

pytestmark = pytest.mark.django_db
CLOSED = {"standing": Kind.PAUSED, "stage": "Deploy", "by": "grace", "note": "Freeze for <b>the</b> weekend"}


@pytest.fixture
def made():
    """A rollout whose release was built, and which a gate waits for."""
    row = rollout(State.READY)
    link = PipelineLink.objects.create(
        service=row.environment.service,
        kind="memory",
        region="eu-west-1",
        name="shop",
        followed_since=clock.now() - timedelta(days=1),
        looked_at=clock.now(),
    )
    execution = Execution.objects.create(
        pipeline=link, outside_id="0e5f", standing=Kind.WAITING, stage="Deploy", action="Approve", since=clock.now()
    )
    Build.objects.create(
        pipeline=link,
        outside_id="shop-build:1",
        number=41,
        execution=execution,
        release=row.release,
        status="SUCCEEDED",
        image=f"sha256:{7:064x}",
        log_url="https://console.aws.amazon.com/logs",
        tests_total=12,
        tests_passed=11,
    )
    GateLink.objects.create(pipeline=link, environment=row.environment, stage="Deploy", action="Approve")
    return row


def pages(row):
    release = row.release
    return [
        reverse("releases:rollout", args=[row.pk]),
        reverse("releases:release", args=[release.service.slug, release.version]),
        reverse("releases:rollout_panel", args=[row.pk, "pipeline"]),
        reverse("releases:release_pipeline", args=[release.service.slug, release.version]),
    ]


@pytest.mark.parametrize("which", range(4))
def test_every_page_shows_the_same(viewer, made, which):
    html = viewer.get(pages(made)[which]).content.decode()
    for told in (
        "It waits in Deploy for Approve",
        "/codesuite/codepipeline/pipelines/shop/executions/0e5f/timeline?region=eu-west-1",
        'href="https://console.aws.amazon.com/logs"',
        "11 of 12 passed",
        "1 did not",
        ">41<",
    ):
        assert told in html


def test_a_waiting_gate_says_that_this_decision_answers_it(viewer, made):
    html = viewer.get(pages(made)[2]).content.decode()
    assert "Approve in Deploy waits for this decision." in html


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"standing": Kind.RUNNING, "stage": "Build", "action": "Build"}, "It runs Build in Build."),
        (CLOSED, "It is paused before Deploy: the way into it is closed. By grace. Freeze for &lt;b&gt;the&lt;/b&gt;"),
        (
            {"standing": Kind.STOPPED, "stage": "Build", "note": "Wrong branch"},
            "It was stopped in Build. Wrong branch.",
        ),
        ({"standing": Kind.SUPERSEDED, "stage": "Deploy"}, "A newer execution took its place before Deploy was done."),
        ({"standing": Kind.FAILED, "tries": 2}, "It is tried for the second time."),
        ({"standing": Kind.SUCCEEDED}, "It went all the way."),
    ],
)
def test_it_is_shown_as_it_stands(viewer, made, facts, told):
    Execution.objects.update(**facts)
    assert told in viewer.get(pages(made)[2]).content.decode()


def test_what_was_decided_at_the_gate_is_shown(viewer, made):
    GateDecision.objects.create(
        gate=GateLink.objects.get(),
        outside_id="1",
        execution_id="0e5f",
        rollout=made,
        decision="approved",
        origin="console",
        decided_by="mallory",
        seen_at=clock.now(),
        settled_at=clock.now(),
        outcome="not_counted",
        sentence="mallory approved at the gate and has no account here, so it does not count.",
    )
    for page in pages(made):
        html = viewer.get(page).content.decode()
        assert "in the AWS console" in html
        assert "does not count" in html


def test_a_pipeline_that_does_not_answer_says_so(viewer, made):
    PipelineLink.objects.update(trouble="AWS did not answer. What was seen before is shown.")
    assert "AWS did not answer" in viewer.get(pages(made)[2]).content.decode()


def test_without_a_pipeline_nothing_is_shown(viewer):
    row = rollout(State.READY)
    for page in pages(row):
        assert "pipeline-heading" not in viewer.get(page).content.decode()


def test_before_its_build_was_seen_it_says_so(viewer, made):
    Build.objects.all().delete()
    assert "No build of this release was seen in shop." in viewer.get(pages(made)[2]).content.decode()


def test_the_panel_that_did_not_change_stays(viewer, made):
    page = pages(made)[2]
    html = viewer.get(page).content.decode()
    digest = html.split("have=")[1].split('"')[0].split("&")[0]
    assert viewer.get(f"{page}?have={digest}").status_code == 204


def test_a_release_that_there_is_not_has_no_panel(viewer, made):
    assert viewer.get(reverse("releases:release_pipeline", args=["shop", "9.9.9"])).status_code == 404


def test_commits_of_codecommit_are_linked(viewer, made):
    service = made.environment.service
    service.repository = "codecommit::eu-west-1://shop"
    service.save()
    made.release.commits.create(position=0, sha="a" * 40, author="Ada", subject="More", at=clock.now())
    made.environment.serving = factories.release(service, "0.0.1")
    address = f"https://eu-west-1.console.aws.amazon.com/codesuite/codecommit/repositories/shop/commit/{'a' * 40}"
    assert address in viewer.get(pages(made)[1]).content.decode()
