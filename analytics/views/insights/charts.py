"""Comparisons: the page, its numbers in every form, and the rows behind a point."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import comparison, corrections
from analytics.insights.comparison import Ask, AskError, Grid, Series
from analytics.insights.corrections import Rewritten
from analytics.insights.kept import Kept
from analytics.insights.topics import TOPICS
from analytics.rules.measures.catalog import MEASURES
from analytics.views.insights import known_on, signed, site

KEPT = Kept(64_000_000)
# Of gzip's levels: four times as fast as the usual 6, for a tenth more bytes.
PACKING = 2
ALIGNMENTS = (1, 100, 1_000, 10_000)
# What an address says of a chart besides its measure and its places.
REFINED = ("from", "to", "scale", "align", "as_of")


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Places beside each other by one measure; the whole of it stands in the address."""
    return _page(request, "insights/compare.html", {})


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """A page with the charts that answer one question."""
    found = TOPICS.get(slug)
    if found is None:
        raise Http404("There is no such page.")
    return _page(request, "insights/topic.html", {"topic": found}, found.measures)


@require_safe
def series(request: HttpRequest) -> HttpResponse:
    """The chart's numbers: whole numbers on one axis, compressed once and kept."""
    try:
        lake, ask = asked(request)
        revision = selectors.snapshot(lake).revision
        return packed(request, (revision, *ask.key), lambda: _bytes(lake, ask, revision))
    except (EngineError, AskError) as error:
        return JsonResponse({"error": str(error)}, status=503 if isinstance(error, EngineError) else 400)


def packed(request: HttpRequest, key: tuple[Any, ...], make: Callable[[], bytes]) -> HttpResponse:
    """Will answer with JSON that is made and compressed once; `key` begins with the snapshot's revision."""
    etag = f'"{key[0]}-{zlib.crc32(repr(key).encode()):x}"'
    content = KEPT.give(key, lambda: gzip.compress(make(), PACKING, mtime=0))
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(content if is_packed else gzip.decompress(content), content_type="application/json")
    response["ETag"] = etag
    if is_packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    # Asked each time, sent only when it changed: after a rollback no reader sees the other snapshot's numbers.
    patch_cache_control(response, no_cache=True)
    return response


@require_safe
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """The chart's numbers as a file: one row for each place and day."""
    try:
        lake, ask = asked(request)
    except (EngineError, AskError) as error:
        return JsonResponse({"error": str(error)}, status=503 if isinstance(error, EngineError) else 400)
    return file_of(lake, ask, kind)


def file_of(lake: Lake, ask: Ask, kind: str) -> HttpResponse:
    """Will answer with a row for each place and day as a file; `kind` is csv or parquet."""
    table = _arrow(ask, selectors.series(lake, ask), names_of(lake), selectors.snapshot(lake).revision)
    sink = pa.BufferOutputStream()
    if kind == "csv":
        pyarrow.csv.write_csv(table, sink)
    else:
        pyarrow.parquet.write_table(table, sink, compression="zstd")
    content_type = "text/csv; charset=utf-8" if kind == "csv" else "application/vnd.apache.parquet"
    name = f"{ask.measure.name}-{selectors.snapshot(lake).revision}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(sink.getvalue().to_pybytes(), content_type=content_type, headers=headers)


@require_safe
def corrected(request: HttpRequest) -> HttpResponse:
    """What of the chart's data was corrected: against the snapshot before, and by the source itself."""
    try:
        return JsonResponse(corrections_of(*asked(request)))
    except (EngineError, AskError) as error:
        return JsonResponse({"error": str(error)}, status=503 if isinstance(error, EngineError) else 400)


def corrections_of(lake: Lake, ask: Ask) -> dict[str, Any]:
    """Will give what a chart marks and lists, and which snapshot it is held against."""
    names, before = names_of(lake), known_on.before(lake)
    stretches = rewritten(before, ask, selectors.series(lake, ask))
    found = corrections.content(stretches, selectors.taken_back(lake, ask), [names[iso] for iso in ask.places])
    earlier = selectors.snapshot(before) if before else None
    known = {"revision": earlier.revision, "imported_at": earlier.imported_at} if earlier else None
    return {"snapshot": selectors.snapshot(lake).revision, "before": known, **found}


def rewritten(before: Lake | None, ask: Ask, now: Series) -> list[Rewritten]:
    """Will find what the snapshot before had otherwise; nothing, if there is none."""
    if before is None:
        return []
    return corrections.rewritten(now, selectors.series(before, ask), decimals=ask.measure.decimals)


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """The rows behind one point: its inputs over its window, and the formula."""
    try:
        lake, ask = asked(request)
        on = date.fromisoformat(request.GET.get("on", ""))
        rows = selectors.behind(lake, ask.measure, ask.places[0], on)
    except EngineError as error:
        return JsonResponse({"error": str(error)}, status=503)
    except (AskError, ValueError) as error:
        return JsonResponse({"error": f"{error}"}, status=400)
    facts = selectors.everywhere(lake)[ask.places[0]]
    measure = ask.measure
    return JsonResponse(
        {
            "place": facts.name,
            "population": facts.population,
            "measure": measure.label,
            "formula": measure.formula,
            "nulls": measure.nulls,
            "negatives": measure.negatives,
            "snapshot": selectors.snapshot(lake).revision,
            "rows": rows,
        }
    )


def asked(request: HttpRequest) -> tuple[Lake, Ask]:
    """Will read an address: the snapshot and the comparison. Raises EngineError, AskError or Http404."""
    lake = known_on.asked(request)
    return lake, comparison.read(dict(request.GET.lists()), known=names_of(lake))


def names_of(lake: Lake) -> Mapping[str, str]:
    """Will give the places of a snapshot by their code."""
    return lake.keep("names", lambda: {iso: facts.name for iso, facts in selectors.everywhere(lake).items()})


def _bytes(lake: Lake, ask: Ask, revision: str) -> bytes:
    return comparison.as_bytes(ask, selectors.series(lake, ask), names_of(lake), revision)


def _arrow(ask: Ask, found: Series, names: Mapping[str, str], revision: str) -> pa.Table:
    places, days = found.values.shape
    first = pa.scalar(found.first, pa.date32()).cast(pa.int32()).as_py()
    on = pa.array(list(range(first, first + days)) * places, pa.int32()).cast(pa.date32())
    codes = [iso for iso in ask.places for _ in range(days)]
    columns = {"iso": codes, "place": [names[iso] for iso in codes], "date": on}
    table = pa.table({**columns, ask.measure.name: _nullable(found.values.ravel())})
    return table.replace_schema_metadata({"snapshot": revision, "formula": ask.measure.formula})


def _nullable(values: Grid) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _page(request: HttpRequest, template: str, more: dict[str, Any], measures: tuple[str, ...] = ()) -> HttpResponse:
    try:
        lake, ask = asked(request)
        there, names = selectors.columns(lake), names_of(lake)
        listed = [MEASURES[name] for name in (measures or (ask.measure.name,))]
        charts = [drawn(lake, Ask(one, *_rest(ask)), request) for one in listed if one.name in there or not measures]
        context = {
            **more,
            "ask": ask,
            "charts": charts,
            "missing": [one.label for one in listed if one.name not in there],
            "measures": [one for one in MEASURES.values() if one.name in there],
            "places": sorted(names.items(), key=lambda pair: pair[1]),
            "alignments": ALIGNMENTS,
            "topics": TOPICS.values(),
        }
        return site.page(request, template, lake, context)
    except EngineError as error:
        return site.no_data(request, error)
    except AskError as error:
        raise Http404(str(error)) from error


def daily(lake: Lake, iso: str, request: HttpRequest, *, is_per_million: bool = False) -> dict[str, dict[str, Any]]:
    """Will give what insights/chart.html draws of a place: the means of its new cases, and of its new deaths."""
    ending = "_smoothed_per_million" if is_per_million else "_smoothed"
    return {what: drawn(lake, Ask(MEASURES[f"new_{what}{ending}"], (iso,)), request) for what in ("cases", "deaths")}


def _rest(ask: Ask) -> tuple[Any, ...]:
    return (ask.places, ask.first, ask.last, ask.is_log, ask.align_at, ask.as_of)


def drawn(lake: Lake, ask: Ask, request: HttpRequest) -> dict[str, Any]:
    """Will give what insights/comparison.html draws."""
    found, names = selectors.series(lake, ask), names_of(lake)
    query = QueryDict(mutable=True)
    query["measure"] = ask.measure.name
    query.setlist("place", list(ask.places))
    query.update({name: request.GET[name] for name in REFINED if request.GET.get(name)})
    return {
        "ask": ask,
        "query": query.urlencode(),
        "embed": signed.address(request, "chart", query),
        "sentence": comparison.sentence(ask, found, names),
        "table": comparison.table(ask, found, names),
    }
