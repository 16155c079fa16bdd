"""A person's JupyterLab: opened, entered, stopped, and what it asks about who is at the browser."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from analytics.api import queries
from notebooks.jupyter import launch
from notebooks.jupyter.names import COOKIE
from notebooks.models import Server
from notebooks.operations import collection, drafts, servers, tickets
from notebooks.rules import question
from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access


@access.needs(Verb.RUN_NOTEBOOK)
@require_safe
def page(request: access.Request) -> HttpResponse:
    """The person's server, and the notebooks that come along."""
    configuration = settings.CONFIGURATION
    context = {
        "server": Server.objects.filter(person=request.user).first(),
        "problem": servers.reason_against(),
        "is_unfenced": configuration.notebooks_unfenced,
        "taken": Server.objects.count(),
        "configuration": configuration,
        "idle_minutes": configuration.notebook_idle_s // 60,
        "listed": collection.listed(),
    }
    return render(request, "notebooks/page.html", context)


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def start(request: access.Request) -> HttpResponse:
    """Starts the person's server where it doesn't run, and leads into it."""
    try:
        server = servers.start(person=request.user, now=clock.now())
    except servers.NotebookError as error:
        messages.error(request, str(error))
        return redirect("notebooks:page")
    return _entering(server, request.POST.get("path") or "lab")


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def ask_again(request: access.Request, token: str) -> HttpResponse:
    """Opens a notebook with a question of the workbench in it."""
    try:
        asked = queries.asked(token)
    except queries.Missing as missing:
        raise Http404(str(missing)) from missing
    document = question.document(
        asked.sql,
        database=asked.database,
        engine=asked.engine,
        values=asked.values,
        snapshots=asked.snapshots,
        token=token,
    )
    try:
        server = servers.start(person=request.user, now=clock.now())
    except servers.NotebookError as error:
        messages.error(request, str(error))
        return redirect("notebooks:page")
    return _entering(server, drafts.write(document, f"query-{token[:12]}.ipynb", person=request.user))


def _entering(server: Server, path: str) -> HttpResponse:
    wanted = launch.base_url(server.slot) + path
    return redirect(f"{reverse('notebooks:enter', args=[server.slot])}?{urlencode({'next': wanted})}")


@access.needs(Verb.RUN_NOTEBOOK)
@require_safe
def enter(request: access.Request, slot: int) -> HttpResponse:
    """Gives the browser its ticket and sends it into the server; shows that it starts until it does."""
    server = Server.objects.filter(person=request.user, slot=slot).first()
    if server is None:
        messages.error(request, "That notebook server is not yours, or has ended. Your files are safe. Open one here.")
        return redirect("notebooks:page")
    is_ready = servers.answers(server)
    if access.is_panel(request):
        return HttpResponse(status=204, headers={"HX-Redirect": request.get_full_path()} if is_ready else {})
    return _let_in(request, server) if is_ready else render(request, "notebooks/starting.html")


def _let_in(request: access.Request, server: Server) -> HttpResponse:
    base = launch.base_url(server.slot)
    wanted = request.GET.get("next", "")
    answer = redirect(wanted if wanted.startswith(base) else f"{base}lab")
    try:
        ticket = tickets.issue(server, session_key=str(request.session.session_key), now=clock.now())
    except tickets.TicketError as error:
        messages.error(request, f"{error}. Your notebook runs, and can't be reached yet. Try again in a moment.")
        return redirect("notebooks:page")
    secure = settings.SESSION_COOKIE_SECURE
    answer.set_cookie(COOKIE, ticket, path=base, httponly=True, samesite="Lax", secure=secure)
    return answer


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def stop(request: access.Request) -> HttpResponse:
    """Ends the person's server; their files stay."""
    server = Server.objects.filter(person=request.user).first()
    try:
        if server is not None:
            servers.stop(server, now=clock.now())
    except servers.NotebookError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Your notebook server is stopped. What was saved is kept.")
    return redirect("notebooks:page")


@require_safe
def whoami(request: HttpRequest) -> HttpResponse:
    """Tells a notebook server, by the ticket that a browser showed it, who is there."""
    server = tickets.holder(request.COOKIES.get(COOKIE, ""))
    if server is None or not servers.may_have(server.person):
        return JsonResponse({"code": "nobody"}, status=403)
    servers.note_use(server, now=clock.now())
    person = server.person
    return JsonResponse({"person": person.pk, "username": person.username, "name": person.shown_name})
