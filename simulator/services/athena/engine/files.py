"""The objects under a table's location, laid down as files that DuckDB reads as the table's format would be read."""

import bz2
import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from moto.s3.models import s3_backends

from simulator.operations import Context
from simulator.services.athena.engine.failures import DATA, QueryError
from simulator.services.athena.engine.types import literal, of_hive, quoted
from simulator.world import WORLD

Row = Sequence[str | None]


def split(location: str) -> tuple[str, str]:
    """Will give bucket and key of "s3://bucket/key"."""
    bucket, _, key = location.partition("://")[2].partition("/")
    return bucket, key


def listed(location: str, context: Context) -> list[tuple[str, bytes]]:
    """Will give keys and contents below a location; hidden and empty ones, which Athena passes over, are left out."""
    bucket, prefix = split(location.rstrip("/") + "/")
    store = s3_backends[context.account]["aws"]
    if bucket not in store.buckets:
        raise QueryError(f"HIVE_FILESYSTEM_ERROR: The specified bucket does not exist: {bucket}")
    with WORLD.lock:
        keys = [one for one in store.buckets[bucket].keys.values() if one.name.startswith(prefix)]
        seen = [one for one in keys if not one.name.rsplit("/", 1)[-1].startswith(("_", ".")) and one.size]
        return [(one.name, one.value) for one in seen]


def put(location: str, content: bytes, context: Context) -> None:
    """Will write one object. Raises QueryError where there is no such bucket."""
    bucket, key = split(location)
    store = s3_backends[context.account]["aws"]
    if bucket not in store.buckets:
        raise QueryError(f"HIVE_FILESYSTEM_ERROR: The specified bucket does not exist: {bucket}")
    with WORLD.lock:
        store.put_object(bucket, key, content)


def is_parquet(storage: Mapping[str, Any]) -> bool:
    return "parquet" in _serde(storage)


def _serde(storage: Mapping[str, Any]) -> str:
    library = storage.get("SerdeInfo", {}).get("SerializationLibrary") or ""
    return f"{library} {storage.get('InputFormat') or ''}".lower()


def reading(storage: Mapping[str, Any], table: Mapping[str, str], contents: Sequence[bytes], folder: Path) -> str:
    """Will lay text files down below `folder`, and give the SELECT that reads them with the table's types.

    `storage` is Glue's StorageDescriptor, `table` the table's parameters. Raises QueryError for what a format refuses.
    """
    columns = {one["Name"].lower(): of_hive(one["Type"]) for one in storage["Columns"]}
    serde = _serde(storage)
    target = folder / f"{len(list(folder.iterdir()))}.json"
    if "json" in serde:
        lines = (line for content in contents for line in _lines(content))
        target.write_text("\n".join(_objects(lines)))
        types = ", ".join(f"{quoted(name)}: {literal(type_)}" for name, type_ in columns.items())
        return f"SELECT * FROM read_json({literal(str(target))}, format='newline_delimited', columns={{{types}}})"  # noqa: S608 - quoted
    if "orc" in serde or "avro" in serde:
        raise QueryError(f"NOT_SUPPORTED: the simulator reads no files of {serde.strip()}")
    of_rows, cast = (_open_csv, _strictly) if "opencsv" in serde else (_lazy, _leniently)
    given = {**table, **(storage.get("SerdeInfo", {}).get("Parameters") or {})}
    rows = (row for content in contents for row in of_rows(_lines(content), given))
    written = (json.dumps({f"c{n}": one for n, one in enumerate(row[: len(columns)])}) for row in rows)
    target.write_text("\n".join(written))
    types = ", ".join(f"c{n}: 'VARCHAR'" for n in range(len(columns)))
    cells = ", ".join(f"{cast(f'c{n}', columns[name])} AS {quoted(name)}" for n, name in enumerate(columns))
    return f"SELECT {cells} FROM read_json({literal(str(target))}, format='newline_delimited', columns={{{types}}})"  # noqa: S608 - quoted


def _lines(content: bytes) -> list[str]:
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    elif content[:3] == b"BZh":
        content = bz2.decompress(content)
    return content.decode().removesuffix("\n").replace("\r\n", "\n").split("\n")


def _objects(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        try:
            # Glue's column names are in lower case, and so are the keys to the SerDes.
            yield json.dumps({key.lower(): one for key, one in json.loads(line).items()})
        except (ValueError, AttributeError) as error:
            raise QueryError(f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - {error}", DATA) from error


def _skipped(lines: list[str], given: Mapping[str, str]) -> list[str]:
    return lines[int(given.get("skip.header.line.count", "0")) :]


def _lazy(lines: list[str], given: Mapping[str, str]) -> Iterator[Row]:
    """LazySimpleSerDe knows no quotes: fields that are too many are dropped, those that lack are NULL."""
    comma = given.get("field.delim") or given.get("serialization.format") or "\x01"
    null = given.get("serialization.null.format", "\\N")
    for line in _skipped(lines, given):
        yield [None if one == null else one for one in line.split(comma)]


def _open_csv(lines: list[str], given: Mapping[str, str]) -> Iterator[Row]:
    yield from csv.reader(
        (line + "\n" for line in _skipped(lines, given)),
        delimiter=given.get("separatorChar", ","),
        quotechar=given.get("quoteChar", '"'),
        escapechar=given.get("escapeChar", "\\"),
    )


def _leniently(cell: str, type_: str) -> str:
    """What LazySimpleSerDe can't read as the column's type is NULL."""
    return cell if type_ == "VARCHAR" else f"TRY_CAST({cell} AS {type_})"


def _strictly(cell: str, type_: str) -> str:
    """What OpenCSVSerDe can't read is an error; its dates are days, its timestamps milliseconds since 1970."""
    match type_:
        case "VARCHAR":
            return cell
        case "DATE":
            return f"DATE '1970-01-01' + CAST({cell} AS INTEGER)"
        case "TIMESTAMP":
            return f"make_timestamp(CAST({cell} AS BIGINT) * 1000)"
    return f"CAST({cell} AS {type_})"
