"""Where a person is sent to sign in to a client, and where the client then fetches its tokens."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from oauth2_provider.views import AuthorizationView, TokenView

from portal.accounts.models import User
from portal.accounts.permissions import ALLOWED, Verb
from portal.openid import keys
from portal.openid.models import Client

View = Callable[..., HttpResponseBase]


def when_on(view: View) -> View:
    """Will answer 404 while the portal is no provider."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not keys.is_on():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class Authorize(AuthorizationView):
    """Gives a client its code, at once: every client was registered by an operator, so nobody is asked for consent."""

    template_name = "openid/refused.html"
    # The library's POST is its page of consent.
    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get(request, *args, **kwargs)
        except PermissionDenied as refusal:
            return render(request, self.template_name, {"refusal": refusal}, status=403)

    def create_authorization_response(self, request: HttpRequest, scopes: str, credentials: Any, allow: Any) -> Any:
        client = Client.objects.get(client_id=credentials["client_id"])
        if not client.is_open_to(cast("User", request.user)):
            roles = ", ".join(sorted(ALLOWED[Verb(client.verb)]))
            raise PermissionDenied(f"Your roles don't open {client.name}. It needs one of: {roles}.")
        return super().create_authorization_response(request, scopes, credentials, allow)

    def handle_no_permission(self) -> Any:
        if "none" in self.request.GET.get("prompt", "").split():
            return super().handle_no_permission()
        return self.handle_prompt_login()

    def handle_prompt_login(self) -> HttpResponse:
        # Who is signed in would be led back from the sign-in page without a question.
        logout(self.request)
        query = self.request.GET.copy()
        query.pop("prompt", None)
        return redirect_to_login(f"{reverse('oauth2_provider:go-on')}?{query.urlencode()}")


@never_cache
@require_GET
def go_on(request: HttpRequest) -> HttpResponse:
    """Leads from the sign-in page on to the client.

    The sign-in form may lead to this origin only (form-action), and Chromium holds every redirect after it to that;
    a page that refreshes is no form's redirect.
    """
    address = f"{reverse('oauth2_provider:authorize')}?{request.GET.urlencode()}"
    page = render(request, "openid/go_on.html", {"address": address})
    page["Refresh"] = f"0; url={address}"
    return page


class Tokens(TokenView):
    """Gives tokens for a code or a refresh token, and for nothing else that the library knows."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # Here, for the library would try a password before it asks whether the client may send one.
        if request.POST.get("grant_type") not in settings.OAUTH2_PROVIDER["OAUTH2_GRANT_TYPES_SUPPORTED"]:
            return JsonResponse({"error": "unsupported_grant_type"}, status=400)
        return super().post(request, *args, **kwargs)
