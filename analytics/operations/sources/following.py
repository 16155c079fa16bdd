"""Sources that are followed: looked at now and then, and each new revision of them brought in as a snapshot.

What a look finds is the truth; a notice that something was published only brings the next look forward. Bringing in
moves no pointer: a snapshot is recorded as a release, and promoted like one.
"""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from analytics.models import FollowedSource, SourceRevision
from analytics.operations import serving, shelf, snapshots
from analytics.operations.refusal import Missing, Refused
from analytics.operations.snapshots import ImportRefusedError
from analytics.operations.sources.export_jobs import Record
from analytics.operations.sources.progress import Told
from analytics.rules.addresses import DATA_EXCHANGE, is_path
from analytics.rules.datasets import registry as datasets
from analytics.rules.progress import Progress
from analytics.sources import registry
from analytics.sources.base import NotYetError, Revision, Source, SourceError
from portal.accounts.actors import MACHINE, Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger

State = SourceRevision.State
OPEN = (State.WAITING, State.COMING)
ASKED_AGAIN_AFTER = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)


def follow(form: str, addresses: Sequence[str], *, by: Actor, now: datetime) -> FollowedSource:
    """Will look at a source from now on, and bring its newest revision in, and each that comes after it.

    Raises Refused where `by` may not, where the addresses can't be those of the form, and for one followed already.
    """
    _refuse_role(by)
    _source(form, addresses, now)
    # The worker stands in another folder than whoever names a path.
    whole = [str(Path(address).absolute()) if is_path(address) else address for address in addresses]
    dataset = datasets.of_form(form).name
    row = FollowedSource(dataset=dataset, form=form, addresses=whole, followed_at=now, followed_by=by.name, due_at=now)
    try:
        with transaction.atomic():
            row.save()
            _tell("follow", row, f"{row.shown}, as {form}.", by=by, now=now)
    except IntegrityError:
        raise Refused("followed-already", f"{row.shown} is followed already. Nothing was changed.") from None
    return row


def stop(source_id: int, *, by: Actor, now: datetime) -> FollowedSource:
    """Will look at a source no more; what came of it stays. Raises Missing, and Refused where `by` may not."""
    _refuse_role(by)
    row = find(source_id)
    with transaction.atomic():
        FollowedSource.objects.filter(pk=row.pk).update(stopped_at=now, stopped_by=by.name)
        _tell("unfollow", row, f"{row.shown}.", by=by, now=now)
    return row


def find(source_id: int) -> FollowedSource:
    """Will give a source that is followed. Raises Missing."""
    row = FollowedSource.objects.filter(pk=source_id, stopped_at=None).first()
    if row is None:
        raise Missing(f"No source {source_id} is followed. The page about the data lists them.")
    return row


def due(*, now: datetime) -> list[int]:
    """Will name the sources that are to be looked at now."""
    return list(FollowedSource.objects.filter(stopped_at=None, due_at__lte=now).values_list("pk", flat=True))


def hint(data_set: str, *, now: datetime) -> bool:
    """Will bring the next look at a data set of Data Exchange forward; False where nobody follows it."""
    rows = FollowedSource.objects.filter(stopped_at=None, addresses__0__startswith=f"{DATA_EXCHANGE}{data_set}")
    return bool(rows.update(due_at=now))


def ask_again(source_id: int, *, by: Actor, now: datetime) -> FollowedSource:
    """Will look at a source now, and try again what failed. Raises Missing, and Refused where `by` may not."""
    _refuse_role(by)
    row = find(source_id)
    with transaction.atomic():
        row.revisions.filter(state__in=(*OPEN, State.FAILED)).update(state=State.WAITING, due_at=now)
        FollowedSource.objects.filter(pk=row.pk).update(due_at=now)
        _tell("look", row, f"{row.shown}.", by=by, now=now)
    return row


def bring(source_id: int, *, now: datetime, progress: Progress) -> None:
    """Will look at a source, and bring in what is new, the oldest first; the row of each says what came of it.

    Another process that does so already is left to it. Raises Missing.
    """
    row, state_dir = find(source_id), Path(settings.STATE_DIR)
    try:
        with shelf.incoming(state_dir, row.dataset, row.pk) as into:
            _look_and_bring(row, into, now=now, progress=progress)
    except shelf.BusyError:
        return


def _look_and_bring(row: FollowedSource, into: Path, *, now: datetime, progress: Progress) -> None:
    row.due_at, row.looked_at = now + timedelta(seconds=settings.CONFIGURATION.sources_look_s), now
    try:
        source = _source(row.form, row.addresses, now)
        found = _listed(source)
    except (Refused, SourceError) as error:
        row.trouble = str(error)
    else:
        row.trouble = ""
        _write_down(row, list(found.values()), now=now)
        for one in row.revisions.filter(state__in=OPEN, due_at__lte=now).order_by("pk"):
            _bring_one(one, found[one.outside_id], source, into, now=now, progress=progress)
    soonest = row.revisions.filter(state__in=OPEN).order_by("due_at").first()
    row.due_at = min(row.due_at, soonest.due_at) if soonest else row.due_at
    row.save(update_fields=["due_at", "looked_at", "trouble"])


def _listed(source: Source) -> dict[str, Revision]:
    found = {one.id: one for one in source.revisions()}
    if "" in found:
        raise SourceError("The place doesn't say when the file changes, so it can't be followed. Import it by hand")
    return found


def _write_down(row: FollowedSource, found: Sequence[Revision], *, now: datetime) -> None:
    """Notes what is new, what was revoked, and what is gone before it came."""
    known = {one.outside_id: one for one in row.revisions.all()}
    usable = [one for one in found if one.revoked_at is None]
    for one in found:
        seen = known.get(one.id)
        if seen is None:
            # Of what was there before it was followed only the newest is wanted.
            is_wanted = one in usable and (bool(known) or one is usable[-1])
            seen = row.revisions.create(
                outside_id=one.id, published_at=one.published_at, comment=one.comment, seen_at=now, due_at=now,
                state=State.WAITING if is_wanted else State.PASSED,
            )  # fmt: skip
        if one.revoked_at is not None and seen.revoked_at is None:
            _revoke(row, seen, one, now=now)
    gone = row.revisions.filter(state__in=(*OPEN, State.FAILED)).exclude(outside_id__in=[one.id for one in found])
    gone.update(state=State.PASSED, ended_at=now, message="Another one took its place before it came.")


def _revoke(row: FollowedSource, seen: SourceRevision, revision: Revision, *, now: datetime) -> None:
    """Keeps what a revoked revision became from serving. One that serves goes on until another takes its place."""
    why = f"its provider revoked revision {revision.id}: {revision.revoked_why or 'no reason given'}"
    if seen.snapshot in shelf.revisions(Path(settings.STATE_DIR), row.dataset):
        serving.quarantine(
            Path(settings.STATE_DIR), row.dataset, revision=seen.snapshot, why=why, by=MACHINE.name, now=now
        )
    seen.state, seen.revoked_at, seen.revoked_why = State.REVOKED, revision.revoked_at, revision.revoked_why
    with transaction.atomic():
        seen.save(update_fields=["state", "revoked_at", "revoked_why"])
        became = f"Snapshot {seen.snapshot} is in quarantine" if seen.snapshot else "Nothing came of it"
        _tell("revoke", row, f"{became}: {why}.", by=MACHINE, now=now)


def _bring_one(
    one: SourceRevision, revision: Revision, source: Source, into: Path, *, now: datetime, progress: Progress
) -> None:
    row, state_dir = one.source, Path(settings.STATE_DIR)
    one.state, one.tries = State.COMING, one.tries + 1
    one.save(update_fields=["state", "tries"])
    try:
        made = snapshots.build_revision(
            source, revision, into=into, form=row.form, state_dir=state_dir, now=now, progress=Told(one, progress)
        )
    except NotYetError as error:
        _wait(one, str(error), until=now + ASKED_AGAIN_AFTER)
    except ImportRefusedError as error:
        one.problems = [[problem.line, problem.column, problem.what] for problem in error.problems]
        if error.problems:
            _end(one, State.FAILED, str(error), now=now)
        else:
            _wait(one, str(error), until=now + min(ASKED_AGAIN_AFTER * 2**one.tries, LONGEST_WAIT))
    else:
        one.snapshot, one.problems = made.revision, []
        _end(one, State.CAME, "", now=now)
        shutil.rmtree(into, ignore_errors=True)


def _wait(one: SourceRevision, message: str, *, until: datetime) -> None:
    one.state, one.message, one.due_at = State.WAITING, message, until
    one.save()


def _end(one: SourceRevision, state: State, message: str, *, now: datetime) -> None:
    one.state, one.message, one.ended_at = state, message, now
    told = f"Revision {one.outside_id} became snapshot {one.snapshot}." if one.snapshot else message
    with transaction.atomic():
        one.save()
        _tell("bring" if one.snapshot else "refuse_data", one.source, told, by=MACHINE, now=now)


def _source(form: str, addresses: Sequence[str], now: datetime) -> Source:
    try:
        return registry.source_for(addresses, form=form, jobs=Record(now))
    except SourceError as error:
        raise Refused("source-unfit", str(error)) from error


def _refuse_role(by: Actor) -> None:
    if not by.may(Verb.BRING_DATA):
        raise Refused("not-allowed", "You may not bring data in. Nothing was changed. Ask an analyst or an operator.")


def _tell(verb: str, row: FollowedSource, sentence: str, *, by: Actor, now: datetime) -> None:
    ledger.append(ledger.Entry(verb, service=row.dataset, sentence=sentence), by=by, now=now)
