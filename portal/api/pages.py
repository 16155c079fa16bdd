"""Lists, newest first, a page at a time by key: the millionth row costs what the first does, and nothing is counted."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.http import urlencode
from rest_framework.request import Request

Row = TypeVar("Row", bound=Model)


def page_of(rows: QuerySet[Row], query: Mapping[str, Any]) -> tuple[list[Row], int | None]:
    """Will give the rows of one page, and the key to go on from, None at the end."""
    if "before" in query:
        rows = rows.filter(pk__lt=query["before"])
    found = list(rows.order_by("-pk")[: query["limit"] + 1])
    has_more = len(found) > query["limit"]
    found = found[: query["limit"]]
    return found, found[-1].pk if has_more else None


def body_of(request: Request, results: list[dict[str, Any]], before: int | None) -> dict[str, Any]:
    """Will wrap a page; `next` is the address of the one after it, or null."""
    if before is None:
        return {"results": results, "next": None}
    query = {**request.query_params.dict(), "before": str(before)}
    return {"results": results, "next": f"{request.path}?{urlencode(query)}"}
