"""How a release was made: a panel on its own page, and on the pages of its rollouts."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel
from releases.models import Release
from releases.selectors import pipelines, services

MOVING_EVERY_S = 5
RESTING_EVERY_S = 60


@access.needs(Verb.READ)
@require_safe
def of_release(request: access.Request, service: str, version: str) -> HttpResponse:
    """The panel of one release, or 204 where nothing changed."""
    release = services.release(service, version)
    if release is None:
        raise Http404
    making = pipelines.of_release(release.pk)
    return panels.answer(request, _panel(release, making), _context(release, making))


def draw(request: access.Request, release: Release) -> SafeString:
    """Will draw the panel for the release's page."""
    making = pipelines.of_release(release.pk)
    return panels.draw(request, _panel(release, making), _context(release, making))


def _panel(release: Release, making: pipelines.Making) -> Panel:
    address = reverse("releases:release_pipeline", args=[release.service.slug, release.version])
    every_s = MOVING_EVERY_S if making.is_moving else RESTING_EVERY_S
    return Panel("pipeline", "releases/panels/pipeline.html", address, "changed", every_s)


def _context(release: Release, making: pipelines.Making) -> dict[str, Any]:
    return {"release": release, "making": making}
