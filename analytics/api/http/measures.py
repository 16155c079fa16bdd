"""Measures: what they are, and their values by place and day, read by the module that the pages read them with."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import selectors
from analytics.api.http import inputs, representations, shapes
from analytics.api.http.endpoint import JSON, Endpoint, sent, wants_arrow
from analytics.engines.duckdb import Lake
from analytics.insights.comparison import Ask, Series
from analytics.operations import exports, pins, shelf
from analytics.operations.exports import ARROW, Export
from analytics.operations.refusal import Missing
from analytics.rules.datasets.registry import COVID_CASES
from analytics.rules.measures import catalog
from analytics.rules.measures.measure import Measure
from portal.api.endpoint import READS, described
from portal.api.inputs import read_query

TAG = "data"
MOST_JSON_ROWS = 100_000
SCHEMA = pa.schema([("place", pa.string()), ("date", pa.date32()), ("value", pa.float64())])


class Measures(Endpoint):
    @described(
        "list_measures",
        "List every measure with its definition",
        tag=TAG,
        answers={200: shapes.MeasureList},
        errors=READS,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        return Response({"results": list(map(representations.measure, catalog.MEASURES.values())), "next": None})


class MeasureSeries(Endpoint):
    @described(
        "read_series",
        "Read a measure's values by place and day",
        description=f"With `Accept: {ARROW}` they are streamed as Arrow's record batches with the columns place, date "
        f"and value; as JSON there are at most {MOST_JSON_ROWS:,} days of places.",
        tag=TAG,
        parameters=[inputs.SeriesQuery],
        answers={(200, JSON): shapes.SeriesShape, (200, ARROW): OpenApiTypes.BINARY},
        errors=(400, 404, 503, *READS),
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        asked = read_query(inputs.SeriesQuery, request)
        measure = _measure(name, asked)
        lake = selectors.lake(_pointer(asked))
        ask = Ask(measure, _places(asked, lake), asked.get("from"), asked.get("to"))
        revision = selectors.snapshot(lake).revision
        if measure.name not in selectors.columns(lake):
            raise Missing(f"Snapshot {revision} has no values of {measure.name}. Choose another measure or snapshot.")
        found = selectors.series(lake, ask)
        if wants_arrow(request):
            return sent(_stream(ask, found, revision))
        if found.values.size > MOST_JSON_ROWS:
            sentence = f"These are {found.values.size:,} days of places, and JSON has at most {MOST_JSON_ROWS:,}."
            raise ValidationError(f"{sentence} Name fewer places or days, or accept {ARROW}.", "too_large")
        return Response(representations.series(ask, found, revision))


def _measure(name: str, asked: Mapping[str, Any]) -> Measure:
    found = catalog.measure(name)
    if "interval" not in asked or asked["interval"] == found.interval:
        return found
    return catalog.variant(name, interval=asked["interval"], relative=found.relative)


def _pointer(asked: Mapping[str, Any]) -> Path:
    """The snapshot that is named, the one known on a day, or the one that serves. Raises Refused, Missing."""
    if "as_of" in asked:
        known = pins.known_on(settings.STATE_DIR, asked["as_of"])
        if COVID_CASES not in known:
            raise Missing(f"No snapshot of {COVID_CASES} was known on {asked['as_of']}. Say a later day.")
        return shelf.snapshot_path(settings.STATE_DIR, COVID_CASES, known[COVID_CASES])
    if "snapshot" in asked:
        revision = pins.chosen(settings.STATE_DIR, {COVID_CASES: asked["snapshot"]})[COVID_CASES]
        return shelf.snapshot_path(settings.STATE_DIR, COVID_CASES, revision)
    return shelf.pointer(settings.STATE_DIR, COVID_CASES)


def _places(asked: Mapping[str, Any], lake: Lake) -> tuple[str, ...]:
    known = selectors.everywhere(lake)
    if "places" not in asked:
        return tuple(known)
    wanted = dict.fromkeys(code.strip() for code in asked["places"].split(",") if code.strip())
    unknown = [code for code in wanted if code not in known]
    if unknown or not wanted:
        listed = ", ".join(repr(code[:40]) for code in unknown[:10]) or "''"
        raise ValidationError(f"places: the data has no place {listed}. Codes are such as ITA or OWID_WRL.", "unknown")
    return tuple(wanted)


def _stream(ask: Ask, found: Series, revision: str) -> Export:
    measure = ask.measure
    about = {"snapshot": revision, "measure": measure.name, "unit": measure.unit, "formula": measure.formula}
    schema = SCHEMA.with_metadata(about)
    return Export(f"{measure.name}-{revision}.arrow", ARROW, exports.stream(schema, _batches(schema, ask, found)))


def _batches(schema: pa.Schema, ask: Ask, found: Series) -> Iterator[pa.RecordBatch]:
    """A batch for each place, of the days that have a value."""
    first = np.datetime64(found.first, "D")
    for place, values in zip(ask.places, found.values, strict=True):
        days = np.flatnonzero(np.isfinite(values))
        columns = [pa.array([place] * len(days), pa.string()), pa.array(first + days), pa.array(values[days])]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
