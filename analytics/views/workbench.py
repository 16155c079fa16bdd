"""The workbench: a question in SQL, what it may cost, how it does, and its answer."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from analytics.engines import registry
from analytics.engines.base import QueryError
from analytics.models import Query, SavedQuery
from analytics.operations import budgets, exports, queries
from analytics.operations.refusal import Missing, Refused
from analytics.views import asked, results
from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel

LISTED = 50


@access.needs(Verb.QUERY)
@require_safe
def page(request: access.Request) -> HttpResponse:
    """An empty editor, or one with the text of a query that was asked, saved, or named by a table."""
    return _draw(request, asked.prefilled(request))


@access.needs(Verb.QUERY)
@require_POST
def run(request: access.Request) -> HttpResponse:
    """Asks, and leads to the query's own page; what may not run is told beside the text."""
    form = asked.Asked.of(request)
    try:
        query = queries.submit(form.question(), by=request.actor, now=clock.now())
    except Refused as refused:
        return _draw(request, form, refused=refused, status=422)
    return redirect("analytics:query", query.token)


@access.needs(Verb.QUERY)
@require_POST
def estimate(request: access.Request) -> HttpResponse:
    """Says beside the editor what the text would read and cost, or why it may not run."""
    try:
        found = queries.estimate(asked.Asked.of(request).question(), by=request.actor)
    except Refused as refused:
        return render(request, "workbench/estimate.html", {"refused": refused})
    beyond = budgets.exceeded(
        request.actor, bytes_upper=found.bytes_upper, cost_upper_usd=found.cost_usd, now=clock.now()
    )
    return render(request, "workbench/estimate.html", {"estimate": found, "beyond": beyond})


@access.needs(Verb.QUERY)
@require_safe
def completions(_: access.Request) -> HttpResponse:
    """The names of tables and columns, for the editor."""
    return JsonResponse(asked.names(), headers={"Cache-Control": "private, max-age=60"})


@access.needs(Verb.QUERY)
@require_safe
def query(request: access.Request, token: str) -> HttpResponse:
    """A query for good: its text, its snapshots, how it does or ended, and its rows while they are kept."""
    found = _find(token)
    if access.is_panel(request):
        return panels.answer(request, _panel(found), results.context(found, request))
    return _draw(request, asked.Asked.of_query(found), query=found)


@access.needs(Verb.QUERY)
@require_POST
def cancel(request: access.Request, token: str) -> HttpResponse:
    """Asks the engine to stop."""
    found = _find(token)
    try:
        queries.cancel(found, by=request.actor, now=clock.now())
    except Refused as refused:
        return _draw(request, asked.Asked.of_query(found), query=found, refused=refused, status=403)
    return redirect("analytics:query", token)


@access.needs(Verb.QUERY)
@require_safe
def export(request: access.Request, token: str, kind: str) -> HttpResponseBase:
    """The whole result as a file, sent while it is made."""
    found = _find(token)
    try:
        made = exports.export(found, kind)
    except Refused as refused:
        return _draw(request, asked.Asked.of_query(found), query=found, refused=refused, status=409)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(made.content, content_type=made.content_type, headers=headers)


@access.needs(Verb.QUERY)
@require_safe
def chart(_: access.Request, token: str) -> HttpResponse:
    """The first rows of a result by column, for a quick chart."""
    found = _find(token)
    try:
        table = registry.engine_for(found.engine).page(found.outside_id, size=results.CHARTED_ROWS)
    except QueryError as error:
        raise Http404(error.message) from error
    return results.columns_as_json(table, total=found.rows)


@access.needs(Verb.QUERY)
@require_safe
def history(request: access.Request) -> HttpResponse:
    """What was asked, newest first: one's own, or everybody's."""
    rows = Query.objects.select_related("saved__query")
    is_mine = request.GET.get("whose") != "all"
    if is_mine:
        rows = rows.filter(person=request.user)
    before = request.GET.get("before", "")
    if before.isdecimal():
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: LISTED + 1])
    more = found[LISTED - 1].pk if len(found) > LISTED else None
    context = {"queries": found[:LISTED], "before": more, "is_mine": is_mine}
    return render(request, "workbench/history.html", context)


def _draw(
    request: access.Request,
    form: asked.Asked,
    *,
    query: Query | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    drawn = panels.draw(request, _panel(query), results.context(query, request)) if query else ""
    context: dict[str, Any] = {
        "form": form,
        "query": query,
        "refused": refused,
        "panel": drawn,
        "kinds": asked.KINDS,
        "standings": asked.standings(request),
        "databases": asked.databases(),
        "saved": SavedQuery.objects.filter(is_archived=False)[:LISTED],
    }
    return render(request, "workbench/workbench.html", context, status=status)


def _panel(query: Query) -> Panel:
    every_s = 0 if query.ended_at else 1
    return Panel("query", "workbench/result.html", reverse("analytics:query", args=[query.token]), "query", every_s)


def _find(token: str) -> Query:
    try:
        return queries.find(token)
    except Missing as missing:
        raise Http404(str(missing)) from missing
