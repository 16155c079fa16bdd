"""Asking an engine: rows say what is wanted; `advance`, said as often as one likes, does the next thing to it."""

import hashlib
import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from kombu.exceptions import OperationalError

from analytics.engines import registry
from analytics.engines.base import Estimate, QueryError, RunStatus, State, Submission
from analytics.models import Query, SavedVersion
from analytics.operations import budgets, pins
from analytics.operations.refusal import Missing, Refused
from analytics.rules.sql import given
from analytics.rules.sql import parameters as values
from analytics.rules.sql import statement as statements
from analytics.rules.sql.parameters import Parameter
from analytics.rules.sql.problems import SqlError
from portal.accounts.actors import Actor
from portal.accounts.permissions import ALLOWED, Verb
from portal.audit import ledger

log = logging.getLogger(__name__)
OPEN = (State.QUEUED, State.RUNNING)
LONGEST_TOLD = 200
# A sweep ends within its task's time, however many have gathered; the next one goes on.
MOST_SWEPT = 500


@dataclass(frozen=True)
class Question:
    """What somebody wants to know. `pins` names snapshots other than those that serve, dataset -> revision.

    `as_of` is a day: each dataset's newest snapshot of then is read, and none that came later.
    """

    sql: str
    database: str
    parameters: Sequence[Parameter] = ()
    engine: str = ""
    origin: str = Query.Origin.WORKBENCH
    pins: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None
    saved: SavedVersion | None = None


def estimate(question: Question, *, by: Actor) -> Estimate:
    """Will say what a question would read and cost at the most, without running it. Raises Refused."""
    person_id = _refuse_role(by)
    return _estimate(question, _submission(question, snapshots(question), by=by, token=_token(person_id)))


def snapshots(question: Question) -> dict[str, str]:
    """Will give the snapshot of each dataset that the question is asked of, dataset -> revision. Raises Refused."""
    if question.as_of is None:
        return pins.chosen(settings.STATE_DIR, question.pins)
    known = pins.known_on(settings.STATE_DIR, question.as_of)
    if question.database not in known:
        told = f"No snapshot of {question.database} was known on {question.as_of}."
        raise Refused("nothing-known", f"{told} Nothing was run. Say a later day.")
    return known


def submit(question: Question, *, by: Actor, now: datetime, key: str = "") -> Query:
    """Will write the query's row and nudge the worker; where the same was answered before, that answer is taken.

    The same question by the same person under the same `key` is asked once: it gives the query that is there.
    Raises Refused when `by` may not, for SQL that may not run, beyond the budget, and for a key of another question.
    """
    person_id = _refuse_role(by)
    token = _token(person_id, key)
    if key and (known := _asked(token, question)) is not None:
        return known
    submission = _submission(question, snapshots(question), by=by, token=token)
    found = _estimate(question, submission)
    query = _row(question, submission, found, by=by, now=now)
    query.person_id = person_id
    try:
        _keep(query, by=by, now=now)
    except IntegrityError:
        # The same request at the same moment was a little faster.
        if key and (known := _asked(token, question)) is not None:
            return known
        raise
    return query


def _keep(query: Query, *, by: Actor, now: datetime) -> None:
    with transaction.atomic():
        known = _answered(query)
        if known is not None:
            _take(query, known, now=now)
        else:
            budgets.refuse_beyond(by, bytes_upper=query.bytes_upper, cost_upper_usd=query.cost_upper_usd, now=now)
        query.save()
        told = " ".join(query.sql.split())[:LONGEST_TOLD]
        ledger.append(ledger.Entry("query", service=query.database, sentence=f"{query.token}: {told}"), by=by, now=now)
        if known is None:
            transaction.on_commit(partial(_nudge, query.pk))


def advance(query_id: int, *, now: datetime, patience_s: float = 0) -> Query:
    """Will do the next thing to a query: hand it to its engine when it is its turn, look how it does, or cancel it.

    Safe to be said by several processes at once, and again after a crash: the engine knows the query by its token.
    """
    query = Query.objects.select_related("person").get(pk=query_id)
    if query.ended_at is not None:
        return query
    Query.objects.filter(pk=query.pk).update(looked_at=now)
    engine = registry.engine_for(query.engine)
    try:
        if query.cancel_asked_at is not None and not query.outside_id:
            return _end(query, RunStatus(State.CANCELLED, message=_cancelled(query)), now=now)
        if not query.outside_id and not _hand_over(query, now=now):
            return query
        if query.cancel_asked_at is not None:
            engine.cancel(query.outside_id)
        status = engine.poll(query.outside_id, patience_s=patience_s)
    except QueryError as error:
        if not error.permanent:
            log.warning("query %s waits: %s", query.token, error.message)
            return query
        status = RunStatus(State.FAILED, code=error.code, message=error.message)
    if status.state.is_end:
        return _end(query, status, now=now)
    query.refresh_from_db()
    return query


def cancel(query: Query, *, by: Actor, now: datetime) -> Query:
    """Will ask the engine to stop; what has ended stays as it ended. Raises Refused for somebody else's query."""
    if by.user_id != query.person_id and not by.may(Verb.CONFIGURE):
        raise Refused("not-yours", f"{query.asked_by} asked this; only they or an operator can cancel it.")
    with transaction.atomic():
        asked = Query.objects.filter(pk=query.pk, ended_at=None, cancel_asked_at=None)
        if asked.update(cancel_asked_at=now, cancel_asked_by=by.name):
            ledger.append(ledger.Entry("cancel_query", service=query.database, sentence=query.token), by=by, now=now)
            transaction.on_commit(partial(_nudge, query.pk))
    query.refresh_from_db()
    return query


def due() -> list[int]:
    """Will name the queries that haven't ended, oldest first."""
    return list(Query.objects.filter(ended_at=None).order_by("id").values_list("pk", flat=True))


def position(query: Query) -> int:
    """Will say how many queries of the same engine are before a waiting one."""
    waiting = Query.objects.filter(state=State.QUEUED, engine=query.engine, ended_at=None)
    return waiting.filter(pk__lt=query.pk).count()


def find(token: str) -> Query:
    """Will give the query of that token. Raises Missing."""
    query = Query.objects.select_related("person", "saved__query", "answered_by").filter(token=token).first()
    if query is None:
        raise Missing("There is no such query. The history lists what was asked.")
    return query


def sweep(*, now: datetime) -> int:
    """Will remove results that nobody asked for within `results_kept_days`; gives how many. Safe to be said again.

    The rows stay for good. A result that answers several queries is kept as long as the youngest of them.
    """
    before = now - timedelta(days=settings.CONFIGURATION.results_kept_days)
    kept = _with_result().values("engine", "outside_id").annotate(last=Max("ended_at"))
    found = list(kept.filter(last__lt=before).order_by("last")[:MOST_SWEPT])
    for one in found:
        registry.engine_for(one["engine"]).forget(one["outside_id"])
        # After the files: what a crash leaves is swept again, and forgetting twice is forgetting once.
        same = _with_result().filter(engine=one["engine"], outside_id=one["outside_id"])
        same.update(result_removed_at=now)
    return len(found)


def _with_result() -> QuerySet[Query]:
    return Query.objects.exclude(outside_id="").filter(ended_at__isnull=False, result_removed_at=None)


def _refuse_role(by: Actor) -> int:
    """Gives the person whose history and budget it is."""
    if by.user_id is None or not by.may(Verb.QUERY):
        needed = ", ".join(sorted(ALLOWED[Verb.QUERY]))
        raise Refused("may-not", f"Running queries needs one of the roles {needed}. Nothing was run.")
    return by.user_id


def _token(person_id: int, key: str = "") -> str:
    """Without a key nobody can guess it; with one it is always the same for that person."""
    return hashlib.sha256(f"{person_id}:{key}".encode()).hexdigest()[:32] if key else uuid.uuid4().hex


def _asked(token: str, question: Question) -> Query | None:
    """The query that was asked under a key. Raises Refused where it was another question."""
    query = Query.objects.select_related("person").filter(token=token).first()
    if query is None:
        return None
    told = (question.sql, [given.to_json(one) for one in question.parameters], question.database)
    wanted = question.pins if question.as_of is None else snapshots(question)
    is_same = told == (query.sql, query.parameters, query.database) and wanted.items() <= query.pins.items()
    if not is_same or registry.name_of(question.engine) != query.engine:
        sentence = f"Another question was asked under this key; it is {token}. Nothing was run. Use a key of its own."
        raise Refused("key-taken", sentence)
    return query


def _submission(question: Question, chosen: Mapping[str, str], *, by: Actor, token: str) -> Submission:
    try:
        sql = values.fill(question.sql, question.parameters)
        statements.parse(sql)
    except SqlError as error:
        raise _refused(error) from error
    return Submission(sql, token, by.name, question.database, registry.limits(), chosen)


def _refused(error: SqlError) -> Refused:
    return Refused(error.code, error.sentence, line=error.line or 0, column=error.column or 0)


def _estimate(question: Question, submission: Submission) -> Estimate:
    try:
        return registry.engine_for(question.engine).estimate(submission)
    except QueryError as error:
        raise Refused(error.code, error.message, line=error.line, column=error.column) from error


def _row(question: Question, submission: Submission, found: Estimate, *, by: Actor, now: datetime) -> Query:
    return Query(
        token=submission.token,
        asked_by=by.name,
        origin=question.origin,
        saved=question.saved,
        sql=question.sql,
        parameters=[given.to_json(one) for one in question.parameters],
        database=question.database,
        engine=registry.name_of(question.engine),
        pins=dict(submission.pins),
        fingerprint=_fingerprint(question, submission),
        state=State.QUEUED,
        submitted_at=now,
        looked_at=now,
        bytes_upper=found.bytes_upper,
        cost_upper_usd=found.cost_usd,
    )


def _fingerprint(question: Question, submission: Submission) -> str:
    """The same for what has the same answer; empty for what may answer differently when it is asked again."""
    parsed = statements.parse(submission.sql)
    if not statements.is_repeatable(parsed):
        return ""
    parts = [statements.canonical(parsed, ()), question.database, registry.name_of(question.engine)]
    text = json.dumps([*parts, sorted(submission.pins.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def _answered(query: Query) -> Query | None:
    if not query.fingerprint:
        return None
    same = Query.objects.filter(fingerprint=query.fingerprint, state=State.SUCCEEDED, result_removed_at=None)
    return same.filter(answered_by=None).first()


def _take(query: Query, known: Query, *, now: datetime) -> None:
    query.answered_by, query.outside_id, query.is_reused = known, known.outside_id, True
    query.columns, query.rows, query.state = known.columns, known.rows, State.SUCCEEDED
    query.started_at = query.ended_at = now


def _hand_over(query: Query, *, now: datetime) -> bool:
    """Gives the query to its engine if a place is free, oldest first."""
    if query.state == State.QUEUED:
        places = settings.CONFIGURATION.query_slots
        running = Query.objects.filter(engine=query.engine, state=State.RUNNING, ended_at=None).count()
        if position(query) + running >= places:
            return False
        started = Query.objects.filter(pk=query.pk, state=State.QUEUED)
        if not started.update(state=State.RUNNING, started_at=now):
            return False
    submission = _again(query)
    query.outside_id = registry.engine_for(query.engine).submit(submission)
    Query.objects.filter(pk=query.pk).update(outside_id=query.outside_id)
    return True


def _again(query: Query) -> Submission:
    parameters = [given.from_json(one) for one in query.parameters]
    sql = values.fill(query.sql, parameters)
    return Submission(sql, query.token, query.asked_by, query.database, registry.limits(), query.pins)


def _cancelled(query: Query) -> str:
    return f"{query.cancel_asked_by} cancelled it. Nothing of it is kept. Run it again when you want it."


def _end(query: Query, status: RunStatus, *, now: datetime) -> Query:
    message = status.message or (_cancelled(query) if status.state is State.CANCELLED else "")
    # `now` is when this look began, and the run may have gone on in it. Another machine's clock may be behind.
    earliest = query.submitted_at + timedelta(milliseconds=status.queued_ms + status.ran_ms)
    Query.objects.filter(pk=query.pk, ended_at=None).update(
        state=status.state,
        ended_at=max(now, earliest),
        columns=[{"name": column.name, "type": column.type} for column in status.columns],
        rows=status.rows if status.rows >= 0 else None,
        bytes_scanned=status.bytes_scanned,
        cost_usd=status.cost_usd,
        is_reused=status.is_reused,
        ran_ms=status.ran_ms,
        code=status.code,
        message=message,
    )
    query.refresh_from_db()
    return query


def _nudge(query_id: int) -> None:
    # By name: tasks stands above operations.
    try:
        current_app.send_task("analytics.tasks.advance_query", kwargs={"query_id": query_id}, retry=False)
    except OperationalError as error:
        log.warning("query %s was not nudged, the tick will find it: %s", query_id, error)
