"""Questions in SQL, asked as the workbench asks them; the worker's part is done in this process."""

import portal.celery  # noqa: F401 - nudges go to the portal's own queue, which does not run here
from analytics.engines.base import State
from analytics.models import Query
from analytics.operations import queries
from analytics.operations.queries import Question
from bench.ground import filling, waiting
from bench.ground.trouble import Trouble
from portal import clock
from portal.accounts import actors

LIMIT_S = 120.0


def ended(sql: str, database: str) -> Query:
    """Will ask, and give the query when it has its answer. Raises Trouble when it fails."""
    query = queries.submit(Question(sql, database), by=actors.from_user(filling.person()), now=clock.now())
    waiting.until(lambda: _has_ended(query.pk), what="the query ends", limit_s=LIMIT_S)
    query.refresh_from_db()
    if query.state != State.SUCCEEDED:
        raise Trouble(f"{sql} ended {query.state}: {query.message}")
    return query


def _has_ended(query_id: int) -> bool:
    return queries.advance(query_id, now=clock.now(), patience_s=1).ended_at is not None
