"""The account's lake: snapshots in a bucket and in Glue, and a pointer that says which of them serves.

lake/<dataset>/current.json                          what serves (blue); green.json the candidate
lake/<dataset>/lake-<revision>.duckdb                a snapshot, never changed
lake/<dataset>/parquet/<revision>/<table>/year=…/…   the same rows, as Athena reads them
lake/<dataset>/manifests/<revision>.json             written last: a revision without it is not there

In Glue the database <dataset>_<revision> has a snapshot's own tables, and the database <dataset> those that serve: the
same tables, declared once more. Promoting declares them anew, one after the other, and then writes current.json.
"""
