"""Callers of the API of data, and a shelf with a little of everything."""

from datetime import timedelta

import pytest

from analytics.models import Query
from analytics.operations import queries, serving
from portal import clock
from portal.accounts.permissions import Role
from tests.analytics import doses
from tests.callers import Caller, caller_with

SQL = "SELECT iso_code, max(total_vaccinations) AS doses FROM vaccinations GROUP BY 1 ORDER BY 1"
QUESTION = {"sql": SQL, "database": doses.DATASET}


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"query_has_spare": False, "query_slots": 1})
    return settings.STATE_DIR


@pytest.fixture
def shelf(state_dir, tmp_path):
    """A shelf on which one snapshot of doses serves; it brings others beside it."""

    def bring(name, **how):
        return doses.bring(state_dir, tmp_path, name, **how)

    serving.serve(state_dir, doses.DATASET, revision=bring("first"))
    return bring


@pytest.fixture
def ana(db) -> Caller:
    return caller_with(Role.ANALYST)


def answered(token: str) -> Query:
    """Will do what the worker does until the query has ended."""
    query, deadline = queries.find(token), clock.now() + timedelta(minutes=2)
    while query.ended_at is None:
        assert clock.now() < deadline, f"{token} did not end: {query.state}"
        query = queries.advance(query.pk, now=clock.now(), patience_s=2)
    return query
