"""Who acts at the terminal."""

from argparse import ArgumentParser
from dataclasses import replace

from portal.accounts import actors
from portal.accounts.actors import Actor
from portal.accounts.models import User
from releases.management.commands.terminal.refusals import Mistake


def add_option(parser: ArgumentParser) -> None:
    """Will ask for the person: the user of the machine is not a user of the portal."""
    parser.add_argument(
        "--as",
        dest="username",
        required=True,
        metavar="USERNAME",
        help="the portal's user who does this; their roles decide, and the ledger names them",
    )


def actor_named(username: str) -> Actor:
    """Will give the person as an actor, marked for the ledger as acting here. Raises Mistake for an unknown one."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Mistake(f"There is no active user {username!r}. Nothing was changed. Name one with --as.")
    actor = actors.from_user(user)
    return replace(actor, name=f"{actor.name} (terminal)")
