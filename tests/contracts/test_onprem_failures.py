"""What breaks: copies, commits, the launcher, and the sockets between."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from releases.rules.observation import Health
from releases.targets.base import TargetError
from releases.targets.onprem import sides
from tests.contracts.load import Load
from tests.contracts.onprem import git
from tests.contracts.rigs import VISITORS, bring, release, until

pytestmark = pytest.mark.onprem


def kill(pid: int) -> None:
    """Will kill a copy with its workers: gunicorn leads a process group of its own."""
    os.killpg(os.getpgid(pid), signal.SIGKILL)


def kill_and_wait(onprem, pid: int) -> None:
    """Will kill a copy and wait for the one that replaces it; only then may the next be killed."""
    kill(pid)
    until(lambda: pid not in (pids := onprem.pids("1")) and len(pids) == 2, what="another process")
    until(lambda: onprem.target.observe(None).blue is Health.HEALTHY, what="the copy came back")


def test_a_killed_copy_under_load_fails_no_get(onprem):
    release(onprem, "1")
    with Load(onprem.stack.site.live.port, pause_s=0.02) as load:
        for number in range(3):
            kill_and_wait(onprem, onprem.pids("1")[number % 2])
        until(lambda: load.total > 600)
    # An answer of which the head was sent and the body was not can't be asked for again: gunicorn sends them apart.
    assert len([failure for failure in load.failures if failure.startswith("IncompleteRead")]) <= 1
    assert [failure for failure in load.failures if not failure.startswith("IncompleteRead")] == []


def test_a_killed_copy_under_load_gets_no_post_twice(onprem):
    release(onprem, "1")
    counts = onprem.stack.folder / "counts"
    counts.write_text("")
    with Load(onprem.stack.site.live.port, "/count?id={id}&s=0.05", "POST", threads=16) as load:
        until(lambda: load.total > 50)
        kill_and_wait(onprem, onprem.pids("1")[0])
        until(lambda: load.total > 200)
    times = Counter(counts.read_text().split())
    assert max(times.values()) == 1
    assert len(load.failures) <= 16  # those that were in flight on the killed copy, and no more
    # Each is told: a browser sends a POST again when its connection is closed without a word.
    assert {failure[:3] for failure in load.failures} <= {"502"}


def test_green_that_crashes_is_told_with_its_last_words(onprem):
    release(onprem, "1")
    ref = onprem.target.start(onprem.artifact("2", mode="crashes"), "crash")
    seen = until(lambda: (look := onprem.target.observe(ref)).is_failed and look, what="green given up")
    assert seen.green is Health.UNHEALTHY
    assert "the shop burnt down" in seen.log_tail
    assert set(map(onprem.ask, VISITORS[:20])) == {"1"}
    onprem.target.clean(ref)
    assert onprem.target.observe(ref).green is Health.ABSENT


def test_green_that_is_sick_never_becomes_healthy(onprem):
    release(onprem, "1")
    ref = onprem.target.start(onprem.artifact("2", mode="sick"), "sick")
    until(lambda: all(status.age_s > 1 for status in onprem.stack.launcher.states(group_of(onprem, "2"))))
    seen = onprem.target.observe(ref)
    assert seen.green is Health.STARTING
    assert not seen.is_failed


def test_a_copy_of_the_release_before_never_vouches_for_the_next(onprem):
    release(onprem, "1")
    release(onprem, "2")
    ref = onprem.target.start(onprem.artifact("3", mode="sick"), "replaces-1")
    for _ in range(30):
        assert onprem.target.observe(ref).green is not Health.HEALTHY
    assert onprem.target.observe(ref).blue is Health.HEALTHY


def group_of(onprem, version: str) -> str:
    held = sides.read(onprem.stack.site.folder).held.values()
    return next(one.group for one in held if one.artifact.version == version)


@pytest.mark.parametrize(
    ("commit", "said"), [("f" * 40, "no commit ffffffffffff"), ("main", "no commit id"), ("--help", "no commit id")]
)
def test_a_wrong_commit_is_refused_and_leaves_the_warm_side(onprem, commit, said):
    release(onprem, "1")
    release(onprem, "2")
    with pytest.raises(TargetError, match=said) as caught:
        onprem.target.start(onprem.artifact("3", commit=commit), "wrong")
    assert caught.value.permanent
    assert onprem.copies("1")
    assert set(map(onprem.ask, VISITORS[:20])) == {"2"}


def test_each_release_runs_its_own_commit_and_configuration(onprem):
    release(onprem, "1")
    git(onprem.stack.repository, "commit", "--quiet", "--allow-empty", "--message", "Another")
    commit = git(onprem.stack.repository, "rev-parse", "HEAD")
    ref = onprem.target.start(onprem.artifact("2", commit=commit), "second")
    until(lambda: onprem.target.observe(ref).green is Health.HEALTHY)
    onprem.target.shift(ref, 100)
    environment = onprem.about()["environment"]
    assert environment["PORTAL_RELEASE_COMMIT"] == commit
    assert environment["SHOP_NAME"] == "2"
    assert "PORTAL_SECRET_KEY" not in environment
    place = onprem.stack.site.folder / "releases"
    assert len([folder for folder in place.iterdir() if folder.is_dir()]) == 2


def test_folders_and_logs_of_forgotten_releases_go(onprem):
    for version in ("1", "2", "3"):
        release(onprem, version)
    place = onprem.stack.site.folder
    assert len([folder for folder in (place / "releases").iterdir() if folder.is_dir()]) == 2
    assert len(list((place / "logs").glob("*.log"))) == 4
    assert len(git(onprem.stack.repository, "worktree", "list").splitlines()) == 3


def test_copies_survive_a_restart_of_their_supervisor(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 40)
    onprem.stack.process.terminate()
    onprem.stack.process.wait(30)
    with pytest.raises(TargetError) as caught:
        onprem.target.observe(ref)
    assert not caught.value.permanent
    onprem.stack.process = onprem.stack.start_supervisord()
    seen = until(lambda: (look := onprem.target.observe(ref)).green is Health.HEALTHY and look)
    until(lambda: onprem.target.observe(ref).blue is Health.HEALTHY)
    assert (seen.asked, seen.seen) == (40, 40)


def test_a_roll_back_does_not_need_the_launcher(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 40)
    path = onprem.stack.api.path
    hidden = path.with_name("hidden.sock")
    path.rename(hidden)
    try:
        seen = onprem.target.observe(ref)
        assert (seen.green, seen.blue, seen.seen) == (Health.HEALTHY, Health.HEALTHY, 40)
        assert "supervisor does not answer" in seen.message
        onprem.target.abort(ref)
        assert onprem.target.observe(ref).seen == 0
        with pytest.raises(TargetError):
            onprem.target.clean(ref)
    finally:
        hidden.rename(path)
    onprem.target.clean(ref)


def test_a_refusal_of_haproxy_leaves_the_traffic(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 30)
    path: Path = onprem.stack.runtime.path
    hidden = path.with_name("hidden.sock")
    path.rename(hidden)
    try:
        for verb in (
            lambda: onprem.target.shift(ref, 60),
            lambda: onprem.target.observe(ref),
            lambda: onprem.target.abort(ref),
        ):
            with pytest.raises(TargetError) as caught:
                verb()
            assert not caught.value.permanent
    finally:
        hidden.rename(path)
    seen = onprem.target.observe(ref)
    assert seen.seen == 30
    onprem.target.abort(ref)
    assert onprem.target.observe(ref).seen == 0
