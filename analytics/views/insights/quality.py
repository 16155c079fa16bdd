"""Data quality, in public: what was compared with the published values, measure by measure, and what differs."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.engines.duckdb import EngineError
from analytics.rules.measures import parity
from analytics.rules.measures.catalog import MEASURES
from analytics.rules.measures.profiles import PROFILES
from analytics.views.insights import known_on, site


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every measure with its formula, its comparison, and the worst row where one differs."""
    try:
        lake = known_on.asked(request)
        snapshot = selectors.snapshot(lake)
        compared = {row[0]: row for row in selectors.parity(lake)}
        there = selectors.columns(lake)
        profile = PROFILES.get(snapshot.profile)
        why = {one.measure: one.why for one in parity.excused(profile)} if profile else {}
        rows = [(MEASURES[name], compared.get(name), why.get(name, "")) for name in MEASURES if name in there]
        context = {"rows": rows, "profile": profile}
        return site.page(request, "insights/quality.html", lake, context)
    except EngineError as error:
        return site.no_data(request, error)
