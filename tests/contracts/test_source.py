"""The nine promises of a source (analytics/sources/base.py), for every adapter."""

import hashlib

import pytest

from analytics.sources.base import NotYetError, SourceError
from tests.contracts.sources.rigs import DataExchangeRig, FileRig, S3Rig, SampleRig, UrlRig


class DiedError(Exception):
    """The process that fetched is gone."""


@pytest.fixture(params=["file", "url", "s3", "data_exchange", "sample"])
def rig(request, tmp_path):
    if request.param in {"s3", "data_exchange"}:
        made = {"s3": S3Rig, "data_exchange": DataExchangeRig}[request.param](request.getfixturevalue("account"))
    else:
        made = FileRig(tmp_path) if request.param == "file" else {"url": UrlRig, "sample": SampleRig}[request.param]()
    yield made
    made.close()


@pytest.fixture
def meddled(rig):
    """The rigs whose place can be meddled with: nobody changes the sample."""
    if isinstance(rig, SampleRig):
        pytest.skip("the sample is made here, nothing can happen to it on the way")
    return rig


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


class Steps(list):
    """The progress that was told; it dies as soon as `dies_at` bytes are there."""

    def __init__(self, dies_at=None):
        super().__init__()
        self.dies_at = dies_at

    def __call__(self, stage, done, total, /):
        self.append((stage, done, total))
        if self.dies_at is not None and done >= self.dies_at:
            raise DiedError


def fetch(rig, into, *, steps=None, source=None, revision=None):
    """Will fetch the newest revision, as often as the place says that it is not ready yet."""
    source = source or rig.source
    revision = revision or rig.source.revisions()[-1]
    for _ in range(3):
        try:
            return source.fetch(revision, into, steps if steps is not None else Steps())
        except NotYetError:
            rig.settle()
    pytest.fail("it was never ready")


def die(rig, into):
    """Will fetch until about a third of it is there, and give the revision."""
    revision = rig.source.revisions()[-1]
    with pytest.raises(DiedError):
        fetch(rig, into, revision=revision, steps=Steps(dies_at=1))
    return revision


def whole(into):
    return [path for path in into.rglob("*") if path.is_file() and path.suffix != ".part"]


def test_a_revision_is_the_same_as_long_as_its_bytes_are(rig):
    [first], [second] = rig.source.revisions(), rig.source.revisions()
    assert first == second
    assert first.id


def test_the_bytes_come_unchanged_with_their_digest_and_progress(rig, into):
    steps = Steps()
    [raw] = fetch(rig, into, steps=steps)
    content = raw.path.read_bytes()
    assert rig.content in {None, content}
    assert (raw.digest, raw.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert raw.path.name == raw.name
    assert (steps[0][1], steps[-1][1]) == (0, len(content))


def test_what_is_fetched_again_is_the_same(rig, into):
    assert fetch(rig, into) == fetch(rig, into)


def test_an_origin_names_no_password_and_no_folder_of_this_machine(rig, into, tmp_path):
    [raw] = fetch(rig, into)
    assert raw.origin
    assert "hunter2" not in raw.origin
    assert str(tmp_path) not in raw.origin


def test_a_fetch_that_died_half_way_is_taken_up(rig, into):
    if rig.takes_up:
        revision = die(rig, into)
        assert whole(into) == []
    else:
        revision = rig.source.revisions()[-1]
        with pytest.raises(DiedError):
            fetch(rig, into, steps=Steps(dies_at=0))
    steps = Steps()
    [raw] = fetch(rig, into, revision=revision, steps=steps)
    assert rig.content in {None, raw.path.read_bytes()}
    assert raw.digest == hashlib.sha256(raw.path.read_bytes()).hexdigest()
    assert bool(steps[0][1]) == rig.takes_up


def test_a_file_that_changed_after_a_fetch_died_is_not_mixed_with_what_came(meddled, into):
    revision = die(meddled, into)
    meddled.change()
    with pytest.raises(SourceError):
        meddled.source.fetch(revision, into, Steps())
    assert whole(into) == []


def test_a_file_that_changes_while_it_is_read_is_not_taken_for_what_it_was(meddled, into):
    changed = []

    def meddle(stage, done, total, /):
        if done and not changed:
            changed.append(stage)
            meddled.change()

    revision = meddled.source.revisions()[-1]
    raws, said = (), ""
    try:
        raws = fetch(meddled, into, revision=revision, steps=meddle)
    except SourceError as error:
        said = str(error)
    assert changed
    # S3 and a server go on giving what they had begun to give.
    assert "changed while it was read" in said or raws[0].path.read_bytes() == meddled.content
    assert len(whole(into)) == len(raws)


def test_what_changed_is_another_revision(meddled, into):
    if isinstance(meddled, DataExchangeRig):
        pytest.skip("a revision of Data Exchange never changes; a new one is published beside it")
    [before] = meddled.source.revisions()
    meddled.change()
    [after] = meddled.source.revisions()
    assert before.id != after.id
    with pytest.raises(SourceError, match="changed"):
        meddled.source.fetch(before, into, Steps())


def test_bytes_of_another_digest_are_thrown_away(meddled, into):
    revision = die(meddled, into)
    for path in into.rglob("*.part"):
        path.unlink()
    damaged = meddled.damage()
    with pytest.raises(SourceError, match="digest"):
        fetch(meddled, into, source=damaged, revision=revision)
    assert [path for path in into.rglob("*") if path.is_file()] == []


def test_a_full_disk_says_so_and_what_came_is_taken_up(meddled, into):
    revision = die(meddled, into)
    [part] = into.rglob("*.part")
    kept = part.rename(part.with_name("kept"))
    part.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        fetch(meddled, into, revision=revision)
    part.unlink()
    kept.rename(part)
    steps = Steps()
    [raw] = fetch(meddled, into, revision=revision, steps=steps)
    assert raw.path.read_bytes() == meddled.content
    assert steps[0][1]


def test_what_is_gone_is_said(meddled, into):
    revision = die(meddled, into)
    meddled.lose()
    with pytest.raises(SourceError):
        meddled.source.fetch(revision, into, Steps())


def test_a_revision_that_never_was_is_refused(rig, into):
    other = rig.source.revisions()[-1].__class__("0" * 32)
    with pytest.raises(SourceError):
        fetch(rig, into, revision=other)
