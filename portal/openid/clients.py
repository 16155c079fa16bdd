"""Clients: registered with a secret that is shown once, and removed with everything they were given."""

from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from oauth2_provider.generators import generate_client_secret

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger
from portal.openid import keys
from portal.openid.models import Client

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Refused(Exception):  # noqa: N818 - it is an answer
    """This person may not do it; the message says who may."""


class ClientError(ValueError):
    """The client can't be registered or removed like this; the message says why."""


def register(name: str, *, redirect_uri: str, verb: Verb | None, by: Actor, now: datetime) -> tuple[Client, str]:
    """Will register a client and give it with its secret, of which a hash is kept.

    Raises Refused, ClientError for a name that is taken or an address to which no code may go.
    """
    _require(by)
    if not keys.is_on():
        raise ClientError("The portal has no key to sign with: make one (`openid key`) and start it again.")
    if not name.strip():
        raise ClientError("Give the client a name that people know it by.")
    if not _is_safe(redirect_uri):
        raise ClientError(f"{redirect_uri!r} is no address for codes: it is https, or http on this machine.")
    secret = generate_client_secret()
    client = Client(
        name=name,
        redirect_uris=redirect_uri,
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_AUTHORIZATION_CODE,
        client_secret=secret,
        algorithm=Client.RS256_ALGORITHM,
        skip_authorization=True,
        verb=verb.value if verb else "",
    )
    with transaction.atomic():
        try:
            client.full_clean()
        except ValidationError as error:
            raise ClientError(" ".join(error.messages)) from error
        client.save()
        sentence = f"{name} at {redirect_uri}, for people who may {verb.value if verb else 'sign in'}."
        ledger.append(ledger.Entry("register_client", sentence=sentence), by=by, now=now)
    return client, secret


def remove(name: str, *, by: Actor, now: datetime) -> None:
    """Will remove the client with every code and token that it was given. Raises Refused, ClientError."""
    _require(by)
    with transaction.atomic():
        deleted, _ = Client.objects.filter(name=name).delete()
        if not deleted:
            raise ClientError(f"There is no client {name!r}.")
        ledger.append(ledger.Entry("remove_client", sentence=f"{name}, and what it was given."), by=by, now=now)


def _require(by: Actor) -> None:
    if not by.may(Verb.CONFIGURE):
        raise Refused("Only operators register and remove clients.")


def _is_safe(uri: str) -> bool:
    # The library keeps several, with spaces between them.
    if any(character.isspace() for character in uri):
        return False
    parts = urlsplit(uri)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
