"""Finds the catalogue by its name; the only place where settings meet catalogues."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.conf import settings

from analytics.catalogs.base import Catalog, CatalogError
from analytics.catalogs.duckdb import DuckDBCatalog
from analytics.catalogs.glue import GlueCatalog
from analytics.engines.duckdb.snapshots import Snapshots
from portal import aws

Pins = Mapping[str, str]


def names() -> tuple[str, ...]:
    """Will name the catalogues that there are here: the embedded one, and Glue's where Athena has a region."""
    return tuple(name for name in MAKERS if name != GLUE or settings.CONFIGURATION.athena_region)


def catalog_for(name: str, *, pins: Pins) -> Catalog:
    """Will give the catalogue of that name; `pins` are the snapshots that the embedded one speaks of.

    Raises CatalogError, permanent, for an unknown one.
    """
    if name not in names():
        message = f"There is no catalogue {name!r}. Nothing was read. There are: {', '.join(names())}."
        raise CatalogError("catalog-unknown", message)
    return MAKERS[name](pins)


def _duckdb(pins: Pins) -> Catalog:
    return DuckDBCatalog(Snapshots(settings.STATE_DIR / "lake"), pins)


def _glue(_: Pins) -> Catalog:
    # What Athena reads, seen with the same rights.
    access = aws.Access(
        settings.CONFIGURATION.athena_region,
        settings.CONFIGURATION.athena_role_arn,
        settings.CONFIGURATION.athena_external_id,
        session=SESSION,
    )

    def client(service: str, *, may_repeat: bool = True) -> Any:
        return aws.client(service, access, may_repeat=may_repeat)

    return GlueCatalog(client)


GLUE = "glue"
SESSION = "catalogue"
MAKERS: Mapping[str, Callable[[Pins], Catalog]] = MappingProxyType({"duckdb": _duckdb, GLUE: _glue})
