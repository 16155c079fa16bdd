"""Finds the catalogue by its name; the only place where settings meet catalogues."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.conf import settings

from analytics.catalogs.base import Catalog, CatalogError
from analytics.catalogs.duckdb import DuckDBCatalog
from analytics.engines.duckdb.snapshots import Snapshots

Pins = Mapping[str, str]


def names() -> tuple[str, ...]:
    """Will name the catalogues that there are here."""
    return tuple(MAKERS)


def catalog_for(name: str, *, pins: Pins) -> Catalog:
    """Will give the catalogue of that name; `pins` are the snapshots that the embedded one speaks of.

    Raises CatalogError, permanent, for an unknown one.
    """
    if name not in MAKERS:
        message = f"There is no catalogue {name!r}. Nothing was read. There are {', '.join(MAKERS)}."
        raise CatalogError("catalog-unknown", message)
    return MAKERS[name](pins)


def _duckdb(pins: Pins) -> Catalog:
    return DuckDBCatalog(Snapshots(settings.STATE_DIR / "lake"), pins)


MAKERS: Mapping[str, Callable[[Pins], Catalog]] = MappingProxyType({"duckdb": _duckdb})
