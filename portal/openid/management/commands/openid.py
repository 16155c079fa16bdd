"""The OpenID provider at the terminal: its key, and the programs that may use it."""

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import clock, secrets_file
from portal.accounts import actors
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.accounts.permissions import Verb
from portal.openid import clients, keys
from portal.openid.models import Client

NOTHING_CHANGED = "Nothing was changed."


class Command(BaseCommand):
    help = "Makes the key that signs ID tokens; registers, lists and removes programs that sign people in here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="action", required=True, metavar="VERB")
        making = verbs.add_parser("key", help="make the key, into the state folder")
        making.add_argument("--print", action="store_true", dest="is_printed", help="show it, to keep elsewhere")
        registering = verbs.add_parser("register", help="let a program sign people in; shows its id and secret, once")
        registering.add_argument("name")
        registering.add_argument("--redirect", required=True, metavar="ADDRESS", help="where codes go, to the letter")
        registering.add_argument("--needs", type=Verb, choices=list(Verb), help="what people must be allowed to do")
        verbs.add_parser("list", help="show what is registered")
        removing = verbs.add_parser("remove", help="forget a program, and end every token it was given")
        removing.add_argument("name")
        for changing in (registering, removing):
            changing.add_argument("--as", dest="username", required=True, help="the operator, for the ledger")

    def handle(self, *_: Any, **options: Any) -> None:
        doing = {"key": self._key, "register": self._register, "list": self._list, "remove": self._remove}
        try:
            doing[options["action"]](options)
        except clients.Refused as answer:
            raise CommandError(f"{answer} {NOTHING_CHANGED} Name one with --as.", returncode=1) from None
        except clients.ClientError as error:
            raise CommandError(f"{error} {NOTHING_CHANGED} See `openid list`.", returncode=2) from None

    def _key(self, options: dict[str, Any]) -> None:
        if options["is_printed"]:
            self.stdout.write(keys.make(), ending="")
            return
        try:
            secrets_file.keep(settings.STATE_DIR, keys.NAME, keys.make())
        except FileExistsError:
            sentence = f"There is a key in the state folder. {NOTHING_CHANGED} Remove secrets/{keys.NAME} for another."
            raise CommandError(sentence, returncode=2) from None
        self.stdout.write("The key is made. The portal is a provider from its next start on.")

    def _register(self, options: dict[str, Any]) -> None:
        client, secret = clients.register(
            options["name"],
            redirect_uri=options["redirect"],
            verb=options["needs"],
            by=_actor_named(options["username"]),
            now=clock.now(),
        )
        self.stdout.write(f"{client.name} is registered. Its secret is shown this once:")
        self.stdout.write(f"client_id={client.client_id}\nclient_secret={secret}")

    def _list(self, _: dict[str, Any]) -> None:
        for client in Client.objects.order_by("name"):
            needs = client.verb or "everybody"
            self.stdout.write(f"{client.name}  {client.client_id}  {client.redirect_uris}  {needs}")
        self.stdout.write("The portal is a provider." if keys.is_on() else "Without a key the portal is no provider.")

    def _remove(self, options: dict[str, Any]) -> None:
        clients.remove(options["name"], by=_actor_named(options["username"]), now=clock.now())
        self.stdout.write(f"{options['name']} is removed. Its tokens are refused from now on.")


def _actor_named(username: str) -> Actor:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise clients.ClientError(f"There is no active user {username!r}.")
    actor = actors.from_user(user)
    return replace(actor, name=f"{actor.name} (terminal)")
