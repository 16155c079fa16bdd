"""An account's lake for tests: an empty bucket, hands that look into it, and a process that dies at any call."""

import json
from contextlib import contextmanager

from analytics.operations.lake.base import Lake
from tests.account import REGION

BUCKET = "a-lake"


class KilledError(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


def made(account):
    """Will make the bucket and give the lake."""
    place = {"LocationConstraint": REGION}
    account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    return Lake(BUCKET, account.client)


def keys(account):
    """Will give every object with its content's tag."""
    pages = account.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {one["Key"]: one["ETag"] for page in pages for one in page.get("Contents", ())}


def pointer(account, dataset):
    """Will give what current.json says, nothing where there is none."""
    key = f"lake/{dataset}/current.json"
    if key not in keys(account):
        return {}
    return json.loads(account.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def tables(account, database):
    """Will give a database's tables by name, with the location of each."""
    found = account.client("glue").get_tables(DatabaseName=database)["TableList"]
    return {one["Name"]: one["StorageDescriptor"]["Location"] for one in found}


def revisions(account, database):
    """Will give the snapshots that a database's tables are of."""
    return {place.split("/parquet/")[1].partition("/")[0] for place in tables(account, database).values()}


def everything(account):
    """All that can be seen from outside."""
    bases = [one["Name"] for one in account.client("glue").get_databases()["DatabaseList"]]
    return keys(account), {name: tables(account, name) for name in bases}


@contextmanager
def dying_at(account, number):
    """Will let what runs inside die before its call of that number, counted from 0; what is left is counted.

    Below 0 it died.
    """
    left = [number]

    def count(**_):
        left[0] -= 1
        if left[0] < 0:
            raise KilledError

    watched = [account.client(service).meta.events for service in ("s3", "glue")]
    for events in watched:
        events.register("before-call", count)
    try:
        yield left
    except KilledError:
        pass
    finally:
        for events in watched:
            events.unregister("before-call", count)
