"""Results go after some days; who asked what stays."""

from datetime import timedelta

import pytest
from django.conf import settings

from analytics.engines import registry
from analytics.engines.base import QueryError, State
from analytics.models import Query
from analytics.operations import exports, queries
from analytics.operations.queries import Question
from analytics.operations.refusal import Refused
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics import doses
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SUM = Question("SELECT sum(total_vaccinations) AS doses FROM vaccinations", doses.DATASET)


def later(days):
    return NOW + timedelta(days=days)


def answered(*, now):
    query = queries.submit(SUM, by=factories.actor(Role.ANALYST), now=now)
    for _ in range(60):
        query = queries.advance(query.pk, now=now, patience_s=2)
        if query.ended_at:
            return query
    raise AssertionError(query.state)


def test_a_result_goes_when_its_days_are_over_and_its_row_stays(lake):
    query = answered(now=NOW)
    days = settings.CONFIGURATION.results_kept_days
    assert queries.sweep(now=later(days)) == 0
    assert registry.engine_for(query.engine).page(query.outside_id).num_rows == 1
    assert queries.sweep(now=later(days + 1)) == 1
    query.refresh_from_db()
    assert (query.state, query.result_removed_at) == (State.SUCCEEDED, later(days + 1))
    with pytest.raises(QueryError):
        registry.engine_for(query.engine).page(query.outside_id)
    with pytest.raises(Refused):
        exports.export(query, "csv")
    assert queries.sweep(now=later(days + 2)) == 0


def test_a_result_that_was_shown_again_is_kept_for_the_younger_question(lake):
    first = answered(now=NOW)
    second = answered(now=later(20))
    assert second.answered_by == first
    days = settings.CONFIGURATION.results_kept_days
    assert queries.sweep(now=later(days + 1)) == 0
    assert queries.sweep(now=later(days + 21)) == 1
    assert Query.objects.filter(result_removed_at=None).count() == 0


def test_asked_after_its_result_went_a_question_runs_again(lake):
    first = answered(now=NOW)
    queries.sweep(now=later(100))
    second = answered(now=later(101))
    assert (second.answered_by, second.outside_id != first.outside_id) == (None, True)
    assert registry.engine_for(second.engine).page(second.outside_id).num_rows == 1
