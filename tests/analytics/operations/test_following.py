"""Sources that are followed: what is new comes in once, what is wrong is said, what was revoked serves no more."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from analytics import tasks
from analytics.models import ExportJob, FollowedSource, SourceRevision
from analytics.operations import manifests, serving, shelf
from analytics.operations.refusal import Missing, Refused
from analytics.operations.sources import following
from portal.accounts.actors import MACHINE, Actor, ActorKind
from portal.accounts.permissions import Role
from portal.audit.models import Event
from simulator.services import dataexchange
from tests import factories
from tests.account import REGION
from tests.analytics.conftest import NOW, owid_lines, quiet
from tests.contracts.sources.rigs import BUCKET
from tests.simulator.repository import CONTEXT

pytestmark = pytest.mark.django_db
State = SourceRevision.State
SET = "covid-cases"


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


@pytest.fixture
def followed(state_dir, owid_file):
    """A file that is followed, as good as new."""
    path = owid_file(owid_lines())
    return following.follow("owid", [str(path)], by=MACHINE, now=NOW)


@pytest.fixture
def exchange(account, state_dir, settings):
    """A data set that is followed, and hands that publish another revision of it."""
    account.hand("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    told = {"sources_region": REGION, "sources_exports": f"s3://{BUCKET}/raw/"}
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=told)

    def publish(days):
        content = ("\n".join(owid_lines(days=days)) + "\n").encode()
        account.advance(seconds=60)
        return dataexchange.publish("COVID-19", {"owid.csv": content}, CONTEXT)

    data_set, first = publish(days=8)
    row = following.follow("owid", [f"data-exchange:{data_set}/owid.csv"], by=MACHINE, now=account.world.now())
    return row, first, publish


def bring(row, now=NOW):
    following.bring(row.pk, now=now, progress=quiet)
    row.refresh_from_db()
    return row.revisions.all()


def come(account, row):
    """Will look until nothing waits any more, as the queue does."""
    for _ in range(4):
        account.advance(minutes=2)
        found = bring(row, account.world.now())
        if not any(one.state in following.OPEN for one in found):
            return found
    pytest.fail("it never came")


def test_what_is_there_comes_in_once_and_what_changed_comes_again(followed, owid_file, state_dir):
    [came] = bring(followed)
    assert (came.state, came.message, followed.trouble) == (State.CAME, "", "")
    assert shelf.revisions(state_dir, SET) == (came.snapshot,)
    assert shelf.serving(state_dir, SET) == ""
    assert len(bring(followed)) == 1
    owid_file(owid_lines(days=12))
    second, first = bring(followed)
    assert (first, second.state) == (came, State.CAME)
    assert shelf.revisions(state_dir, SET)[0] == second.snapshot


def test_a_file_with_a_mistake_fails_with_line_and_column_and_what_serves_goes_on(followed, owid_file, state_dir):
    [good] = bring(followed)
    serving.serve(state_dir, SET, revision=good.snapshot)
    lines = owid_lines()
    lines[4] = lines[4].replace("2021-01-04", "2021-13-04")
    owid_file(lines)
    bad, _ = bring(followed)
    assert bad.state == State.FAILED
    assert bad.problems[0][:2] == [5, "date"]
    assert "goes on serving" in bad.message
    assert bring(followed)[0].tries == 1
    following.ask_again(followed.pk, by=MACHINE, now=NOW)
    assert bring(followed)[0].tries == 2
    owid_file(owid_lines(days=11))
    newest, replaced, _ = bring(followed)
    assert (newest.state, replaced.state) == (State.CAME, State.PASSED)


def test_a_source_that_is_away_says_so_and_is_looked_at_again(state_dir, owid_file):
    path = owid_file(owid_lines())
    row = following.follow("owid", [str(path)], by=MACHINE, now=NOW)
    path.unlink()
    assert list(bring(row)) == []
    assert "There is no file" in row.trouble
    assert row.due_at > NOW
    owid_file(owid_lines())
    [came] = bring(row)
    assert (came.state, row.trouble) == (State.CAME, "")


def test_a_look_by_two_at_once_is_done_by_one(followed, state_dir):
    with shelf.incoming(state_dir, SET, followed.pk):
        assert list(bring(followed)) == []
    assert len(bring(followed)) == 1


def test_a_bringing_that_was_killed_goes_on(followed, state_dir):
    class KilledError(Exception):
        pass

    def die(stage, done, total, /):
        if stage == "reading":
            raise KilledError

    with pytest.raises(KilledError):
        following.bring(followed.pk, now=NOW, progress=die)
    [half] = followed.revisions.all()
    assert (half.state, half.stage) == (State.COMING, "checking")
    assert following.due(now=NOW) == [followed.pk]
    assert bring(followed)[0].state == State.CAME
    assert not [path for path in (state_dir / "lake" / SET / "incoming").rglob("*") if path.suffix == ".csv"]


def test_a_form_of_two_files_comes_from_two_addresses(state_dir, owid_file):
    states = owid_file(["date,state,fips,cases,deaths", "2020-01-21,Washington,53,1,0"], "us-states.csv")
    counties = owid_file(
        ["date,county,state,fips,cases,deaths", "2020-01-21,King,Washington,53033,1,0"], "us-counties.csv"
    )
    row = following.follow("nyt", [str(states), str(counties)], by=MACHINE, now=NOW)
    [came] = bring(row)
    assert (came.state, row.dataset) == (State.CAME, "nyt")


def test_only_whoever_may_bring_data_follows_and_a_source_is_followed_once(followed):
    viewer = Actor("Vera", ActorKind.PERSON, roles=frozenset({Role.VIEWER}))
    with pytest.raises(Refused, match="may not bring data in"):
        following.follow("owid", ["a.csv"], by=viewer, now=NOW)
    with pytest.raises(Refused, match="is followed already"):
        following.follow("owid", followed.addresses, by=MACHINE, now=NOW)
    following.stop(followed.pk, by=MACHINE, now=NOW)
    assert following.due(now=NOW) == []
    with pytest.raises(Missing):
        bring(followed)
    assert following.follow("owid", followed.addresses, by=MACHINE, now=NOW).pk != followed.pk


def test_of_a_data_set_the_newest_comes_first_and_then_each_new_one(account, exchange):
    row, first, publish = exchange
    _, second = publish(days=9)
    found = come(account, row)
    assert {one.outside_id: one.state for one in found} == {first: State.PASSED, second: State.CAME}
    _, third = publish(days=10)
    assert come(account, row)[0].outside_id == third
    assert len(account.calls("dataexchange:CreateJob")) == ExportJob.objects.count() == 2


def test_while_an_export_runs_the_revision_waits_and_says_so(account, exchange):
    row, _, _ = exchange
    [waiting] = bring(row, account.world.now())
    assert waiting.state == State.WAITING
    assert "is exporting revision" in waiting.message
    assert following.due(now=account.world.now()) == []


def test_a_revoked_revision_is_quarantined_and_serves_until_another_does(account, exchange, state_dir):
    row, first, _ = exchange
    [came] = come(account, row)
    serving.serve(state_dir, SET, revision=came.snapshot)
    dataexchange.revoke(row.addresses[0].split(":")[1].split("/")[0], first, "Italy was counted twice", CONTEXT)
    [revoked] = come(account, row)
    assert (revoked.state, revoked.revoked_why) == (State.REVOKED, "Italy was counted twice")
    assert "Italy was counted twice" in manifests.quarantined(state_dir, SET, came.snapshot).why
    assert shelf.serving(state_dir, SET) == came.snapshot
    assert Event.objects.filter(verb="revoke", service=SET).count() == 1
    come(account, row)
    assert Event.objects.filter(verb="revoke").count() == 1


def test_a_password_and_a_folder_are_not_shown(state_dir):
    row = following.follow("owid", ["https://ada:hunter2@example.org/owid.csv?key=secret"], by=MACHINE, now=NOW)
    assert str(row) == "covid-cases from https://example.org/owid.csv"
    assert "hunter2" not in Event.objects.get(verb="follow").sentence
    assert str(following.follow("owid", ["/srv/data/owid.csv"], by=MACHINE, now=NOW)) == "covid-cases from owid.csv"


def test_a_notice_brings_the_next_look_forward(account, exchange):
    row, _, _ = exchange
    come(account, row)
    assert following.due(now=account.world.now()) == []
    assert following.hint(row.addresses[0].split(":")[1].split("/")[0], now=account.world.now())
    assert following.due(now=account.world.now()) == [row.pk]
    assert not following.hint("0" * 32, now=account.world.now())


def test_the_task_brings_in_and_ends_for_a_source_that_is_gone(followed):
    tasks.bring_from(source_id=followed.pk)
    assert followed.revisions.get().state == State.CAME
    following.stop(followed.pk, by=MACHINE, now=NOW)
    tasks.bring_from(source_id=followed.pk)


def test_the_commands_follow_fetch_and_list(state_dir, owid_file, capsys):
    path = owid_file(owid_lines())
    call_command("data", "follow", str(path))
    row = FollowedSource.objects.get()
    call_command("data", "fetch", str(row.pk))
    assert f"came  snapshot {row.revisions.get().snapshot}" in capsys.readouterr().out
    call_command("data", "sources")
    assert f"{row.pk}  covid-cases from owid.csv: looked at" in capsys.readouterr().out
    call_command("data", "unfollow", str(row.pk))
    with pytest.raises(CommandError, match="No source"):
        call_command("data", "fetch", str(row.pk))
    with pytest.raises(CommandError, match="PORTAL_SOURCES_REGION"):
        call_command("data", "entitled")


def test_the_page_shows_what_came_what_comes_and_what_failed_and_where(followed, owid_file):
    client = Client()
    client.force_login(factories.user(Role.VIEWER), backend="django.contrib.auth.backends.ModelBackend")
    assert "Nothing was seen there yet" in client.get("/data/").content.decode()
    [came] = bring(followed)
    assert f"as snapshot <code>{came.snapshot}" in client.get("/data/").content.decode()
    lines = owid_lines()
    lines[4] = lines[4].replace("2021-01-04", "2021-13-04")
    owid_file(lines)
    bring(followed)
    assert "<li>Line 5, column <code>date</code>:" in client.get("/data/sources/").content.decode()
    came.state, came.stage, came.done_bytes, came.total_bytes = State.COMING, "downloading", 25, 100
    came.save()
    page = " ".join(client.get("/data/sources/").content.decode().split())
    assert '<progress value="25" max="100"' in page
    assert "25 % of" in page
