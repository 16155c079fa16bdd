"""Sign-in, profile, password and tokens: what people do about themselves."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal import clock
from portal.accounts import tokens
from portal.accounts.forms import ProfileForm, TokenForm
from portal.accounts.models import Token, User


class SignIn(LoginView):
    """Name and password; django-axes counts the failures."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True
    authentication_form = AuthenticationForm


class SignOut(LogoutView):
    """Ends the session; POST only."""


class Password(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]  # the mixin is generic in stubs only
    """A new password; other sessions of the person end with it."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:profile")
    success_message = "Your password is changed. Wherever else you were signed in, you no longer are."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone and roles."""
    # A copy: a form that is wrong must not change the name in the page's own header.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=_user(request).pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("accounts:profile")
    context = {"form": form, "roles": sorted(_user(request).roles)}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def tokens_page(request: HttpRequest) -> HttpResponse:
    """The person's tokens, and the form that makes one; its secret is in this one answer and nowhere else."""
    form = TokenForm(request.POST or None)
    secret = made = None
    if request.method == "POST" and form.is_valid():
        made, secret = _make(request, form)
        form = TokenForm()
    now = clock.now()
    kept = [(token, token.is_valid(now=now)) for token in Token.objects.filter(owner=_user(request))]
    context = {"form": form, "tokens": kept, "secret": secret, "made": made}
    response = render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


def _make(request: HttpRequest, form: TokenForm) -> tuple[Token, str]:
    return tokens.make(
        owner=_user(request),
        name=form.cleaned_data["name"],
        scopes=form.wanted_scopes,
        valid_for=form.valid_for,
        now=clock.now(),
    )


@login_required
@require_POST
def withdraw(request: HttpRequest, token_id: int) -> HttpResponse:
    """Makes a token useless from now on."""
    now = clock.now()
    if tokens.withdraw(token_id=token_id, owner=_user(request), now=now):
        messages.success(request, "The token is withdrawn. Whatever uses it is refused from now on.")
    else:
        messages.info(request, "There was no such token to withdraw; it may be withdrawn already.")
    return redirect("accounts:tokens")


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
