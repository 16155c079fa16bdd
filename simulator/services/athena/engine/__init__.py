"""Runs a statement's SQL: translated for DuckDB, over files that lie in the account's S3."""
