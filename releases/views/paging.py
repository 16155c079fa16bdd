"""Where a list goes on: the id that the page before it ended with."""

from django.http import HttpRequest

LONGEST = 18


def before(request: HttpRequest) -> int | None:
    """Will read `?before=`; anything that is no id means the beginning."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
