"""What lets a browser into its person's notebook server, and into nothing else.

HAProxy looks at it before a request comes near the server, since what runs there is in its person's hand: it must never
be shown to another, nor see anybody's session. The server itself asks the portal whose ticket it is.
"""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from notebooks.models import Server, Ticket
from portal import runtime_paths
from portal.accounts.models import User
from portal.sockets.haproxy import Runtime, RuntimeSocketError


class TicketError(Exception):
    """HAProxy was not told of the ticket; the message says why, without its full stop."""


def issue(server: Server, *, session_key: str, now: datetime) -> str:
    """Will give a new ticket for this session in place of the one it had.

    Raises TicketError.
    """
    ticket = secrets.token_urlsafe(32)
    _withdraw(server.tickets.filter(session_id=session_key).first())
    row = Ticket.objects.create(server=server, session_id=session_key, digest=_digest(ticket), made_at=now)
    _write_map()
    try:
        _haproxy().set_map(runtime_paths.tickets_map(settings.STATE_DIR), row.digest, str(server.slot))
    except RuntimeSocketError as error:
        raise TicketError(str(error)) from error
    return ticket


def holder(ticket: str) -> Server | None:
    """Will give the server of a ticket whose session still is its person's; None for every other."""
    row = (
        Ticket.objects.select_related("server__person")
        .prefetch_related("server__person__grants")
        .filter(digest=_digest(ticket))
        .first()
    )
    if row is None or _signed_in(row.session_id) != row.server.person:
        return None
    return row.server


def forget(server: Server) -> None:
    """Will make all of the server's tickets useless."""
    for ticket in server.tickets.all():
        _withdraw(ticket)
    _write_map()


def _withdraw(ticket: Ticket | None) -> None:
    if ticket is None:
        return
    ticket.delete()
    try:
        _haproxy().unset_map(runtime_paths.tickets_map(settings.STATE_DIR), ticket.digest)
    except RuntimeSocketError:
        # It is not in the file any more, and without its row the server lets nobody in by it.
        return


def _signed_in(session_key: str) -> User | None:
    request = HttpRequest()
    request.session = SessionStore(session_key)
    person = auth.get_user(request)
    return person if isinstance(person, User) else None


def _write_map() -> None:
    """What HAProxy reads when it starts; what it knows while it runs is told to it."""
    lines = [f"{digest} {slot}\n" for digest, slot in Ticket.objects.values_list("digest", "server__slot")]
    file = runtime_paths.tickets_map(settings.STATE_DIR)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text("".join(lines))
    draft.replace(file)


def _haproxy() -> Runtime:
    return Runtime(runtime_paths.haproxy_socket(settings.STATE_DIR))


def _digest(ticket: str) -> str:
    # As HAProxy writes it: sha2(256),hex.
    return hashlib.sha256(ticket.encode()).hexdigest().upper()
