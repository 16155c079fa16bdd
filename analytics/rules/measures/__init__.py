"""The measures of Our World in Data: what they are, and one definition of each in SQL that serves every engine.

The SQL is Athena's and DuckDB's at once: no function, literal or frame in it that only one of them knows.
"""
