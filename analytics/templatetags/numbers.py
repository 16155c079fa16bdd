"""Numbers as people read them; the insights site has no django.contrib.humanize."""

from django import template

register = template.Library()


@register.filter
def grouped(value: int) -> str:
    """Will write a whole number with its thousands apart."""
    return f"{value:,}"
