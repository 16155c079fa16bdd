"""DuckDB, the embedded default: what pages ask runs in process (lake), what people write runs fenced in (sandbox)."""

from analytics.engines.duckdb.lake import EngineError, Lake, open_lake

__all__ = ["EngineError", "Lake", "open_lake"]
