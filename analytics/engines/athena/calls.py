"""Athena's calls through PyAthena, with its errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pyathena.connection import Connection
from pyathena.cursor import Cursor
from pyathena.error import Error
from pyathena.model import AthenaQueryExecution
from pyathena.util import RetryConfig

from analytics.engines import base
from analytics.engines.athena import words
from analytics.engines.athena.config import Config, Doors
from analytics.engines.base import QueryError
from portal import aws

ACTIONS = frozenset(
    {
        *("athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"),
        "athena:StopQueryExecution",
        # Athena reads and writes with the rights of whoever asks it (user guide, "Access to Amazon S3 from Athena" and
        # "Configure access to databases and tables in the AWS Glue Data Catalog").
        *("glue:GetDatabase", "glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"),
        *("s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:PutObject"),
        *("s3:AbortMultipartUpload", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"),
    }
)
# botocore retries already, within a limit of time.
_ONCE = RetryConfig(attempt=1)


class TokenCursor(Cursor):
    """PyAthena's cursor, starting queries under a token of ours and without waiting for them."""

    def start(self, sql: str, token: str) -> str:
        """Will start a query, or give the one that the token started already."""
        request = {**self._build_start_query_execution_request(sql), "ClientRequestToken": token}
        return self._start_query_execution(request)

    def look(self, query: str) -> AthenaQueryExecution:
        """Will say where a query is."""
        return self._get_query_execution(query)

    def stop(self, query: str) -> None:
        """Will ask that a query be cancelled."""
        self._cancel(query)


class Calls:
    """Cursors by person: each asks under their own name."""

    def __init__(self, config: Config, doors: Doors) -> None:
        self.config = config
        self.doors = doors

    def start(self, sql: str, *, token: str, person: str, database: str, may_reuse: bool) -> str:
        """Will start a query. Raises QueryError."""
        with told("Athena to start the query"):
            return self._cursor(person, database, may_reuse=may_reuse).start(sql, token)

    def look(self, query: str) -> AthenaQueryExecution:
        """Will look at a query. Raises QueryError, with UNKNOWN where there is none of that id."""
        with told("Athena how the query does"):
            return self._cursor(self.config.session).look(query)

    def stop(self, query: str) -> None:
        """Will ask to cancel a query. Raises QueryError."""
        with told("Athena to cancel the query"):
            self._cursor(self.config.session).stop(query)

    def described(self, query: str) -> list[dict[str, Any]]:
        """Will give the columns of a result, as GetQueryResults describes them. Raises QueryError."""
        client = self.doors(self.config.session).client("athena")
        with told("Athena for the result's columns"):
            answer = client.get_query_results(QueryExecutionId=query, MaxResults=1)
        found: list[dict[str, Any]] = answer["ResultSet"]["ResultSetMetadata"].get("ColumnInfo", [])
        return found

    def _cursor(self, person: str, database: str = "default", *, may_reuse: bool = False) -> TokenCursor:
        connection = Connection(
            session=self.doors(person),
            region_name=self.config.region,
            work_group=self.config.workgroup,
            s3_staging_dir=self.config.results,
            catalog_name=self.config.catalogue,
            schema_name=database,
            retry_config=_ONCE,
            kill_on_interrupt=False,
            result_reuse_enable=may_reuse,
            result_reuse_minutes=self.config.reuse_minutes,
        )
        return connection.cursor(TokenCursor)


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Will put what AWS or PyAthena raises inside into a QueryError."""
    try:
        yield
    except (Error, BotoCoreError, ClientError) as error:
        cause = error.__cause__ if isinstance(error, Error) else error
        if not isinstance(cause, (BotoCoreError, ClientError)):
            raise QueryError("athena", f"Athena's client failed: {error}. Nothing was changed. Try again.") from error
        raise _query_error(cause, doing) from error


def _query_error(cause: BotoCoreError | ClientError, doing: str) -> QueryError:
    answered = cause.response if isinstance(cause, ClientError) else {}
    message = str(answered.get("Error", {}).get("Message", ""))
    if "was not found" in message and "QueryExecution" in message:
        return base.unknown()
    if "Idempotent parameters do not match" in message:
        return base.token_taken()
    if answered.get("AthenaErrorCode") == "MALFORMED_QUERY":
        line, column = words.place(message)
        return QueryError("MALFORMED_QUERY", words.refused(message), line=line, column=column)
    trouble = aws.trouble_of(cause, doing=doing)
    advice = "Mend what it names, then run the query again." if trouble.is_permanent else "Ask again shortly."
    return QueryError(trouble.code, f"{trouble.sentence}. {advice}", permanent=trouble.is_permanent)
