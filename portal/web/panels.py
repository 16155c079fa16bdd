"""Live panels: one template draws a panel for the first paint, for htmx and after an event alike.

A panel knows the digest of what it shows. When it asks again and nothing changed it gets 204 and stays as it is:
a button is never replaced under somebody's finger for nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

WRAPPER = "web/panel.html"


@dataclass(frozen=True)
class Panel:
    """`topic` is the event that concerns it (portal.web.feed); `every_s` how often it asks without one, 0 never."""

    name: str
    template: str
    address: str
    topic: str
    every_s: int = 0

    @property
    def trigger(self) -> str:
        heard = f"sse:{self.topic} delay:100ms, sse:missed"
        return f"{heard}, every {self.every_s}s" if self.every_s else heard


def draw(request: HttpRequest, panel: Panel, context: Mapping[str, Any]) -> SafeString:
    """Will give the panel, wrapped so that it keeps itself current."""
    return _draw(request, panel, context)[0]


def answer(request: HttpRequest, panel: Panel, context: Mapping[str, Any]) -> HttpResponse:
    """Will answer a panel that asks whether it is still current: 204 where it is."""
    html, digest = _draw(request, panel, context)
    if request.GET.get("have") == digest:
        return HttpResponse(status=204)
    return HttpResponse(html, headers={"Cache-Control": "no-store"})


def _draw(request: HttpRequest, panel: Panel, context: Mapping[str, Any]) -> tuple[SafeString, str]:
    token = get_token(request)
    content = render_to_string(panel.template, {**context, "csrf_token": token}, request)
    # Each page gets another mask on the same CSRF token, which is no change of the panel.
    seen = f"{panel.trigger}{content.replace(token, '')}"
    digest = hashlib.sha256(seen.encode()).hexdigest()[:16]
    wrapped = render_to_string(WRAPPER, {"panel": panel, "digest": digest, "content": content})
    return mark_safe(wrapped), digest  # noqa: S308 - what a template gave
