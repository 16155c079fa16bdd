"""The verbs of manage.py data about sources that are followed."""

import getpass
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from typing import Any

from analytics.management.progress import Bar
from analytics.models import FollowedSource, SourceRevision
from analytics.operations.sources import following
from analytics.rules.addresses import DATA_EXCHANGE
from analytics.sources import data_exchange, registry
from portal.accounts.actors import Actor, ActorKind

# How much of what was seen at a source is said.
SAID = 5
VERBS = ("follow", "unfollow", "sources", "fetch", "entitled")


def add_verbs(verbs: Any, forms: list[str]) -> None:
    """Will add them to a command's verbs; `forms` are those of the files that can be followed."""
    follow: ArgumentParser = verbs.add_parser("follow", help="look at a source now and then, bring in what is new")
    told = "http(s)://…, s3://bucket/key, s3://bucket/folder/, data-exchange:<data set>/<asset>, or a path"
    follow.add_argument("addresses", metavar="ADDRESS", nargs="+", help=told)
    follow.add_argument("--format", choices=forms, default="owid", help="what the files are; else owid")
    unfollow = verbs.add_parser("unfollow", help="look at a source no more; what came of it stays")
    unfollow.add_argument("source", type=int, metavar="NUMBER")
    verbs.add_parser("sources", help="list the sources that are followed, and what came of them")
    fetch = verbs.add_parser("fetch", help="look at a source now, and bring in what is new or failed before")
    fetch.add_argument("source", type=int, metavar="NUMBER")
    verbs.add_parser("entitled", help="list the data sets of AWS Data Exchange that the account may read")


def run(verb: str, options: dict[str, Any], *, now: datetime, say: Callable[[str], Any]) -> None:
    """Will do one of them. Raises Refused, Missing and SourceError."""
    # Whoever has a shell here may do anything here.
    by = Actor(getpass.getuser(), ActorKind.MACHINE)
    match verb:
        case "follow":
            row = following.follow(options["format"], options["addresses"], by=by, now=now)
            say(f"Source {row.pk} is followed: {row}. To bring it in at once: manage.py data fetch {row.pk}.")
        case "unfollow":
            say(f"Not followed any more: {following.stop(options['source'], by=by, now=now)}.")
        case "sources":
            for row in FollowedSource.objects.filter(stopped_at=None):
                _say(row, say)
        case "fetch":
            row = following.ask_again(options["source"], by=by, now=now)
            with Bar() as bar:
                following.bring(row.pk, now=now, progress=bar)
            _say(following.find(row.pk), say)
        case "entitled":
            for one in data_exchange.entitled(registry.clients()):
                say(f"{DATA_EXCHANGE}{one.id}  {one.name}")


def _say(row: FollowedSource, say: Callable[[str], Any]) -> None:
    looked = f"looked at {row.looked_at:%Y-%m-%d %H:%M} UTC" if row.looked_at else "not looked at yet"
    say(f"{row.pk}  {row}: {row.trouble or looked}")
    for one in row.revisions.all()[:SAID]:
        say(f"   {one.outside_id}  {_standing(one)}")


def _standing(one: SourceRevision) -> str:
    became = f"snapshot {one.snapshot}" if one.snapshot else ""
    return "  ".join(filter(None, (one.get_state_display().lower(), became, one.message, one.revoked_why)))
