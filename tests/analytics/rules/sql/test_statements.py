"""One read-only statement: what is let in, which tables it reads, what it is called in a cache."""

import pytest

from analytics.rules.sql import statement, translation
from analytics.rules.sql.parameters import Parameter
from analytics.rules.sql.problems import SqlError
from analytics.rules.sql.statement import Table

SCHEMA = {"covid": {"cases": {"iso": "string", "cases": "int"}}, "other": {"cases": {"iso": "string"}}}


def code(sql: str) -> str:
    with pytest.raises(SqlError) as error:
        translation.translate(statement.parse(sql), SCHEMA, database="covid")
    return error.value.code


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO cases VALUES (1)",
        "UPDATE cases SET iso = 'x'",
        "DELETE FROM cases",
        "MERGE INTO cases USING cases c ON 1 = 1 WHEN MATCHED THEN DELETE",
        "CREATE TABLE x AS SELECT 1",
        "CREATE OR REPLACE VIEW x AS SELECT 1",
        "DROP TABLE cases",
        "ALTER TABLE cases ADD COLUMN x int",
        "COPY cases TO '/tmp/x'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "ATTACH '/tmp/x.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '1GB'",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "EXPLAIN SELECT 1",
        "DESCRIBE cases",
        "SHOW TABLES",
        "USE covid",
        "WITH x AS (INSERT INTO cases VALUES (1) RETURNING iso) SELECT * FROM x",
        "WITH x AS (DELETE FROM cases RETURNING iso) SELECT * FROM x",
        "SELECT * FROM (INSERT INTO cases VALUES (1) RETURNING iso)",
        "SELECT * INTO x FROM cases",
        "PREPARE p FROM SELECT 1",
        "BEGIN",
        "",
        "-- nothing",
        "SELECT 1; DROP TABLE cases",
        "SELECT 1; SELECT 2",
    ],
)
def test_what_writes_is_no_query(sql: str):
    assert code(sql) in {"not-a-query", "not-one-statement", "syntax"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM pragma_database_list()",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('cases')",
        "SELECT getvariable('x')",
        "SELECT current_setting('memory_limit')",
        "SELECT pg_sleep(10)",
        "SELECT sleep_ms(10)",
        "SELECT which_secret('s3://x', 's3')",
        "SELECT write_log('x')",
        "SELECT error('x')",
        "SELECT list_reduce(ARRAY[1], (x, y) -> x)",
        "SELECT athena_any(ARRAY[true])",
        "SELECT \"read_text\"('/etc/passwd')",
        "SELECT count(*) FROM cases WHERE iso IN (SELECT content FROM read_text('/etc/passwd'))",
        "SELECT repeat('a', 1, 2)",
    ],
)
def test_only_functions_of_the_list_are_called(sql: str):
    assert code(sql) in {"function-unknown", "function-refused"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM '/tmp/x.parquet'",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM pg_catalog.pg_class",
        "SELECT * FROM duckdb_tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM system.information_schema.tables",
        "SELECT * FROM memory.covid.cases",
    ],
)
def test_only_tables_of_the_catalogue_are_read(sql: str):
    assert code(sql) == "table-unknown"


def test_a_table_is_named_with_its_database():
    sql = translation.translate(statement.parse("SELECT Iso FROM CASES"), SCHEMA, database="covid")

    assert sql == 'SELECT "cases"."iso" AS "iso" FROM "covid"."cases" AS "cases"'


def test_a_name_of_two_databases_needs_one():
    with pytest.raises(SqlError, match="in covid and in other"):
        translation.translate(statement.parse("SELECT 1 FROM cases"), SCHEMA)


def test_errors_have_a_place():
    with pytest.raises(SqlError) as error:
        translation.translate(statement.parse("SELECT iso,\n  nothing FROM cases"), SCHEMA, database="covid")
    assert (error.value.code, error.value.line, error.value.column) == ("column-unknown", 2, 3)

    with pytest.raises(SqlError) as error:
        statement.parse("SELECT (1 +")
    assert error.value.code == "syntax"


def test_a_statement_is_no_longer_than_athenas():
    assert statement.parse(f"SELECT '{'x' * (statement.LONGEST - 9)}'")
    with pytest.raises(SqlError) as error:
        statement.parse(f"SELECT '{'x' * (statement.LONGEST - 8)}'")
    assert error.value.code == "too-long"


def test_depth_is_no_crash():
    assert code(f"SELECT {'(' * 3000}1{')' * 3000}") in {"refused", "syntax"}


def test_tables_are_those_of_the_catalogue():
    found = statement.tables(
        statement.parse("""
        WITH a AS (SELECT * FROM b), c AS (SELECT * FROM a JOIN D.e USING (x))
        SELECT * FROM c, UNNEST(ARRAY[1]) AS t(x) WHERE EXISTS (SELECT 1 FROM "F".g) AND x IN (SELECT 1 FROM a)
        """)
    )

    assert found == {Table(None, "b"), Table("d", "e"), Table("f", "g")}


def test_a_with_doesnt_hide_what_it_reads_itself():
    assert statement.tables(statement.parse("WITH a AS (SELECT * FROM a) SELECT * FROM a")) == {Table(None, "a")}


def test_canonical_forgets_what_makes_no_difference():
    one = statement.canonical(statement.parse("SELECT  a, 'B'\n-- here\nFROM t /* there */ ;"))

    assert one == statement.canonical(statement.parse("select A,'B' from T"))
    for other in ("select a, 'b' from t", "select \"A\", 'B' from t", "select a, 'B' from t limit 1"):
        assert one != statement.canonical(statement.parse(other))


def test_canonical_keeps_what_a_writer_of_trees_may_drop():
    ties = "SELECT a FROM t ORDER BY a FETCH FIRST 1 ROW WITH TIES"
    only = "SELECT a FROM t ORDER BY a FETCH FIRST 1 ROW ONLY"

    assert statement.canonical(statement.parse(ties)) != statement.canonical(statement.parse(only))


def test_canonical_has_the_values():
    query = statement.parse("SELECT a FROM t WHERE b = :b")

    one = statement.canonical(query, [Parameter("b", "varchar", "x")])
    assert one != statement.canonical(query, [Parameter("b", "varchar", "y")])


@pytest.mark.parametrize(
    ("sql", "is_repeatable"),
    [
        ("SELECT a FROM t", True),
        ("SELECT a FROM t ORDER BY a LIMIT 3", True),
        ("SELECT a FROM t LIMIT 3", False),
        ("SELECT * FROM (SELECT a FROM t LIMIT 3) ORDER BY a", False),
        ("SELECT a FROM t OFFSET 3", False),
        ("SELECT now()", False),
        ("SELECT current_date", False),
        ("SELECT current_timestamp", False),
        ("SELECT random()", False),
        ("SELECT arbitrary(a) FROM t", False),
        ("SELECT a FROM t TABLESAMPLE BERNOULLI (10)", False),
        ("SELECT array_agg(a) FROM t", False),
        ("SELECT array_agg(a ORDER BY a) FROM t", True),
        ("SELECT listagg(a, ',') WITHIN GROUP (ORDER BY a) FROM t", True),
        ("SELECT row_number() OVER (ORDER BY a) FROM t", True),
        ("SELECT row_number() OVER () FROM t", False),
    ],
)
def test_what_is_repeatable(sql: str, is_repeatable: bool):
    assert statement.is_repeatable(statement.parse(sql)) is is_repeatable
