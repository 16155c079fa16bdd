"""Who may open a page: every view says which verb it needs."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from portal.accounts import actors
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.accounts.permissions import Verb

P = ParamSpec("P")
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class Request(HttpRequest):
    """A request that `needs` let through: somebody is signed in, and `actor` is who."""

    user: User
    actor: Actor


def needs(verb: Verb) -> Callable[[Callable[Concatenate[Request, P], HttpResponseBase]], Guarded[P]]:
    """Will let a view be seen by people who may do `verb`; others sign in first, or get 403."""

    def decorate(view: Callable[Concatenate[Request, P], HttpResponseBase]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return _sign_in(request)
            request.actor = actors.from_user(request.user)  # type: ignore[attr-defined]
            if not request.actor.may(verb):  # type: ignore[attr-defined]
                raise PermissionDenied
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        return guarded

    return decorate


def is_panel(request: HttpRequest) -> bool:
    """Will tell whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def _sign_in(request: HttpRequest) -> HttpResponse:
    if is_panel(request):
        # A redirect would put the sign-in page inside a panel; this makes the whole page load again.
        return HttpResponse(status=401, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())
