"""The portal's addresses and one more: an empty page, which is the least that any page of this portal costs."""

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import include, path

EMPTY = Engine().from_string("<!doctype html><title>{{ user }}</title>")


def empty(request: HttpRequest) -> HttpResponse:
    """Every middleware, the session, the person; and then nothing."""
    return HttpResponse(EMPTY.render(Context({"user": request.user})))


urlpatterns = [path("bench/empty/", empty), path("", include("portal.urls"))]
