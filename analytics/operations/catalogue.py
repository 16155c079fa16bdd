"""The index of tables: filled from the catalogues, searched without them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, When

from analytics.catalogs import registry
from analytics.catalogs.base import CatalogError, Partition, Table
from analytics.insights import uses
from analytics.insights.uses import Page
from analytics.models import CatalogueTable, SavedQuery, SavedVersion
from analytics.operations import pins
from analytics.operations.refusal import Missing
from analytics.rules.sql import given, statement
from analytics.rules.sql import parameters as values
from analytics.rules.sql.problems import SqlError

EMBEDDED = "duckdb"
SAMPLE_ROWS = 10
_FACTS = (
    "comment", "columns", "words", "location", "format", "rows", "size_bytes", "partition_count", "changed_at",
    "last_date", "snapshot", "seen_at",
)  # fmt: skip


@dataclass(frozen=True)
class Detail:
    """What only the catalogue itself can say of a table, when it is asked: its partitions, and its first rows.

    `rows` is None where there are none at hand; `trouble` says why something couldn't be had, or is "".
    """

    partitioned_by: tuple[str, ...] = ()
    partitions: tuple[Partition, ...] = ()
    rows: pa.Table | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Uses:
    """What reads a table: saved queries in their newest version, and pages of the insights site."""

    saved: tuple[SavedVersion, ...]
    pages: tuple[Page, ...]


def refresh(name: str, *, now: datetime) -> int:
    """Will ask a catalogue for its tables, write them into the index and take out those that are gone.

    Gives how many there are. Where nothing can have changed, nothing is asked. Raises CatalogError; what the index
    knew stays.
    """
    serving = pins.serving(settings.STATE_DIR)
    if name == EMBEDDED and _is_current(serving):
        return CatalogueTable.objects.filter(catalog=name).count()
    catalog = registry.catalog_for(name, pins=serving)
    rows = [_row(name, table, now) for database in catalog.databases() for table in catalog.tables(database)]
    with transaction.atomic():
        CatalogueTable.objects.bulk_create(
            rows, batch_size=200, update_conflicts=True, unique_fields=["catalog", "database", "name"],
            update_fields=_FACTS,
        )  # fmt: skip
        CatalogueTable.objects.filter(catalog=name, seen_at__lt=now).delete()
    return len(rows)


def search(text: str) -> QuerySet[CatalogueTable]:
    """Will give the tables in which every word of `text` stands: first the one of that name, then those named so."""
    found, wanted, is_named = CatalogueTable.objects.all(), text.lower().split(), Q()
    for word in wanted:
        found = found.filter(words__contains=word)
        is_named &= Q(name__contains=word)
    if not wanted:
        return found
    rank = Case(When(name=" ".join(wanted), then=0), When(is_named, then=1), default=2, output_field=IntegerField())
    return found.annotate(rank=rank).order_by("rank", "database", "name", "catalog")


def find(database: str, name: str, *, catalog: str = "") -> CatalogueTable:
    """Will give a table of the index, of any catalogue if none is named. Raises Missing."""
    found = CatalogueTable.objects.filter(database=database, name=name)
    row = (found.filter(catalog=catalog) if catalog else found).first()
    if row is None:
        raise Missing(f"There is no table {database}.{name}. The catalogue lists what there is.")
    return row


def detail(row: CatalogueTable) -> Detail:
    """Will ask the catalogue for what the index doesn't keep. What it can't say now is told as trouble."""
    try:
        # By the snapshot that the index speaks of, so that facts and rows are of one.
        catalog = registry.catalog_for(row.catalog, pins={row.database: row.snapshot})
        table = catalog.table(row.database, row.name)
        rows = catalog.sample(row.database, row.name, rows=SAMPLE_ROWS)
    except CatalogError as error:
        return Detail(trouble=error.message)
    return Detail(table.partitioned_by, table.partitions, rows)


def used_by(row: CatalogueTable) -> Uses:
    """Will say what reads a table."""
    return Uses(tuple(_saved(row)), uses.of(row.database, row.name))


def _is_current(serving: dict[str, str]) -> bool:
    known = CatalogueTable.objects.filter(catalog=EMBEDDED).values_list("database", "snapshot").distinct().order_by()
    return dict(known) == serving


def _row(name: str, table: Table, now: datetime) -> CatalogueTable:
    spoken = [table.database, table.name, table.comment]
    spoken += [text for column in table.columns for text in (column.name, column.comment)]
    return CatalogueTable(
        catalog=name,
        database=table.database,
        name=table.name,
        comment=table.comment,
        columns=[asdict(column) for column in table.columns],
        words="\n".join(filter(None, spoken)).lower(),
        location=table.location,
        format=table.format,
        rows=table.rows,
        size_bytes=table.size_bytes,
        partition_count=table.partition_count,
        changed_at=table.changed_at,
        last_date=table.last_date,
        snapshot=table.snapshot,
        seen_at=now,
    )


def _saved(row: CatalogueTable) -> Iterator[SavedVersion]:
    """The newest versions that name the table; the text is looked through before it is read."""
    for query in SavedQuery.objects.filter(is_archived=False).prefetch_related("versions"):
        newest = query.versions.all()[0]
        if row.name in newest.sql.lower() and (row.database, row.name) in _tables(newest):
            yield newest


def _tables(version: SavedVersion) -> set[tuple[str, str]]:
    try:
        read = statement.parse(values.fill(version.sql, [given.from_json(one) for one in version.parameters]))
    except SqlError:
        # What can't be read reads nothing: it would be refused.
        return set()
    return {(one.database or version.database, one.name) for one in statement.tables(read)}
