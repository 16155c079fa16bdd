"""The signed addresses at which single charts stand in pages elsewhere.

Only what the site itself offered is shown in a frame: nobody composes an address that makes it work in their page.
"""

from django.conf import settings
from django.core.signing import Signer
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.crypto import constant_time_compare

SIGNATURE = "signature"


def origins() -> list[str]:
    """Will name whose pages may show a chart in a frame; none on the portal's own pages, for which people sign in."""
    return settings.CONFIGURATION.embed_origins.split() if settings.SURFACE == "insights" else []


def address(request: HttpRequest, kind: str, query: QueryDict) -> str:
    """Will give the whole address of a chart of a kind alone, "" where no page may show one."""
    if not origins():
        return ""
    signed = query.copy()
    signed[SIGNATURE] = _signature(kind, query)
    return request.build_absolute_uri(f"{reverse('embed', args=[kind])}?{signed.urlencode()}")


def is_good(kind: str, query: QueryDict) -> bool:
    """Will say whether this site gave out the address with this query, in whatever order its parts stand."""
    unsigned = query.copy()
    given = "".join(unsigned.pop(SIGNATURE, []))
    return constant_time_compare(given, _signature(kind, unsigned))


def _signature(kind: str, query: QueryDict) -> str:
    parts = sorted((name, value) for name, values in query.lists() for value in values)
    return Signer(key=settings.EMBED_KEY, salt="insights.embed").signature(repr((kind, parts)))
