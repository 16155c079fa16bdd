"""Times, numbers and the ledger's end, as pages show them."""

from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal import clock
from portal.audit import verbs
from portal.web import words

register = template.Library()
ABSOLUTE = "%a %d %b %Y, %H:%M:%S %Z"


def zone_of(context: dict[str, Any]) -> tzinfo:
    """Will give the reader's time zone, or UTC where nobody is signed in."""
    name = getattr(context.get("user"), "time_zone", "") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_default_timezone()


@register.simple_tag(takes_context=True)
def when(context: dict[str, Any], at: datetime | None) -> SafeString | str:
    """Will show a time as how long ago, with the absolute time in the reader's zone on hover."""
    return _time(context, at, words.ago(at, now=clock.now())) if at else "never"


@register.simple_tag(takes_context=True)
def at_time(context: dict[str, Any], at: datetime | None) -> SafeString | str:
    """Will show a time by the reader's clock: of today the time alone, else with its day."""
    if at is None:
        return "never"
    zone = zone_of(context)
    local, today = at.astimezone(zone), clock.now().astimezone(zone)
    if local.date() == today.date():
        return _time(context, at, f"{local:%H:%M:%S}")
    year = "" if local.year == today.year else f" {local.year}"
    return _time(context, at, f"{local.day} {local:%b}{year}, {local:%H:%M}")


@register.simple_tag(takes_context=True)
def lasting(context: dict[str, Any], since: datetime) -> SafeString:
    """Will show for how long something is so."""
    return _time(context, since, f"for {words.ago(since, now=clock.now()).removesuffix(' ago')}")


def _time(context: dict[str, Any], at: datetime, shown: str) -> SafeString:
    absolute = at.astimezone(zone_of(context)).strftime(ABSOLUTE)
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), absolute, shown)


@register.simple_tag
def ledger_end() -> int:
    """Will give the ledger's last sequence: live updates go on from what the page was drawn from."""
    from portal.audit.models import Head  # noqa: PLC0415 - the insights site has these tags and no database

    return Head.objects.values_list("sequence", flat=True).get(pk=1)


@register.filter
def duration(seconds: float) -> str:
    """Will show seconds as people say them."""
    return words.duration(seconds)


@register.filter
def spoken(text: str) -> str:
    """Will show a name of the code, such as rolled_back, in words."""
    return text.replace("_", " ")


@register.filter
def told(verb: str, actor_kind: str) -> str:
    """Will say a verb of the ledger in words."""
    return verbs.told(verb, is_person=actor_kind != "machine")


@register.filter
def short(digest: str) -> str:
    """Will shorten a digest or a commit to what tells it apart."""
    kind, colon, value = digest.rpartition(":")
    return f"{kind}{colon}{value[:10]}"
