"""A person's JupyterLab: one server each, in one of the machine's slots, kept by the process supervisor."""

import http.client
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from django.conf import settings
from django.db import IntegrityError, transaction

from notebooks import fence
from notebooks.jupyter import launch
from notebooks.jupyter.tenant import Tenant
from notebooks.models import Server
from notebooks.operations import keys, tickets
from portal import runtime_paths
from portal.accounts import actors
from portal.accounts.actors import MACHINE, Actor
from portal.accounts.models import User
from portal.accounts.permissions import Verb
from portal.audit import ledger
from portal.sockets.supervisor import (
    ALREADY_STARTED,
    NOT_RUNNING,
    WITHOUT_WAITING,
    SupervisorApi,
    SupervisorError,
    UnixConnection,
)

ENDED = frozenset({"STOPPED", "EXITED", "FATAL", "UNKNOWN"})
# Between the row and the process's start nobody takes the one for abandoned.
GRACE = timedelta(seconds=20)
PROBE_S = 0.5
# Longer than the supervisor waits before it kills what doesn't end.
STOP_LIMIT_S = 15.0
SEEN_EVERY = timedelta(minutes=1)
# Set once the fence stood; what is wrong may be mended while the portal runs, so that is looked at again.
_FENCED = Event()
log = logging.getLogger(__name__)


class NotebookError(Exception):
    """No server for now; the message says what happened, what holds, and what to do."""


def reason_against() -> str:
    """Will say why nobody can open a notebook here; empty where they can."""
    configuration = settings.CONFIGURATION
    if not configuration.notebook_slots:
        return "Notebooks are turned off here. Everything else serves. An operator sets PORTAL_NOTEBOOK_SLOTS."
    if configuration.notebooks_unfenced:
        return ""
    reason = _reason_against_fence()
    if reason:
        return (
            f"This machine can't fence notebooks in: {reason}. So none is started; everything else serves. Mend that, "
            "or let an operator set PORTAL_NOTEBOOKS_UNFENCED=true: notebooks may then read what the portal may."
        )
    return ""


def start(*, person: User, now: datetime) -> Server:
    """Will give the person's server, and have it started where it doesn't run.

    Raises NotebookError.
    """
    problem = reason_against()
    if problem:
        raise NotebookError(problem)
    server, is_new = _claimed(person, now=now)
    Tenant(person.pk, work_folder(person)).move_in(keys.folder(server))
    keys.renew(server, now=now)
    supervisor = _supervisor(limit_s=STOP_LIMIT_S)
    try:
        if is_new:
            # Whoever's it was: nobody moves in beside another.
            supervisor.call("stopProcess", program(server.slot), settled=[NOT_RUNNING])
        supervisor.call("startProcess", program(server.slot), WITHOUT_WAITING, settled=[ALREADY_STARTED])
    except SupervisorError as error:
        raise NotebookError(f"{error}. Your notebook is not open; nothing is lost. Try again in a moment.") from error
    return server


def stop(server: Server, *, now: datetime) -> None:
    """Will end the server with its kernels and free its slot; the person's folder stays.

    Raises NotebookError.
    """
    try:
        _supervisor(limit_s=STOP_LIMIT_S).call("stopProcess", program(server.slot), settled=[NOT_RUNNING])
    except SupervisorError as error:
        raise NotebookError(f"{error}. The notebook server still has its slot. Try again in a moment.") from error
    _free(server, now=now)


def settle(*, now: datetime) -> None:
    """Will free the slots of servers that have ended, end those nobody may have any more, and renew tokens."""
    try:
        states = {str(info["name"]): str(info["statename"]) for info in _supervisor().call("getAllProcessInfo")}
    except SupervisorError as error:
        log.warning("the notebook servers were not looked at: %s", error)
        return
    for server in Server.objects.select_related("person").exclude(started_at__gt=now - GRACE):
        if states.get(program(server.slot), "UNKNOWN") in ENDED:
            _free(server, now=now)
        elif may_have(server.person):
            keys.renew(server, now=now)
        else:
            _end(server, now=now)


def work_folder(person: User) -> Path:
    """Will give the folder that holds the person's notebooks, whatever becomes of servers."""
    return Path(settings.STATE_DIR).resolve() / "notebooks" / "people" / str(person.pk)


def may_have(person: User) -> bool:
    """Will tell whether the person may run notebooks now."""
    return person.is_active and actors.from_user(person).may(Verb.RUN_NOTEBOOK)


def note_use(server: Server, *, now: datetime) -> None:
    """Will note that its browser asked for something; not at every request."""
    if now - server.seen_at > SEEN_EVERY:
        Server.objects.filter(pk=server.pk).update(seen_at=now)


def answers(server: Server) -> bool:
    """Will tell whether the server takes requests."""
    connection = UnixConnection(runtime_paths.notebook_socket(settings.STATE_DIR, server.slot), limit_s=PROBE_S)
    try:
        connection.request("GET", f"{launch.base_url(server.slot)}api")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def program(slot: int) -> str:
    """Will give the name by which the process supervisor knows the slot's server."""
    return f"notebook-{slot}"


def _claimed(person: User, *, now: datetime) -> tuple[Server, bool]:
    """Gives the person's server, and whether it is new."""
    slots = settings.CONFIGURATION.notebook_slots
    for slot in range(1, slots + 1):
        # Both are unique: of two claims, of a slot or of one person, one counts.
        with suppress(IntegrityError), transaction.atomic():
            made = Server.objects.create(person=person, slot=slot, started_at=now, seen_at=now)
            _tell("open_notebooks", made, by=actors.from_user(person), now=now)
            return made, True
        if server := Server.objects.filter(person=person).first():
            return server, False
    raise NotebookError(
        f"All {slots} notebook servers of this machine are taken. Yours is not open; your files are safe. "
        "Wait until one is free, or let an operator set PORTAL_NOTEBOOK_SLOTS."
    )


def _end(server: Server, *, now: datetime) -> None:
    try:
        stop(server, now=now)
    except NotebookError as error:
        log.warning("a server whose person may not have it any more goes on until the next look: %s", error)


def _free(server: Server, *, now: datetime) -> None:
    tickets.forget(server)
    keys.withdraw(server, now=now)
    runtime_paths.notebook_socket(settings.STATE_DIR, server.slot).unlink(missing_ok=True)
    # Last: from now on somebody else may have the slot.
    with transaction.atomic():
        _tell("end_notebooks", server, by=MACHINE, now=now)
        server.delete()


def _tell(verb: str, server: Server, *, by: Actor, now: datetime) -> None:
    name = actors.from_user(server.person).name
    ledger.append(ledger.Entry(verb, sentence=f"{name}'s server, slot {server.slot}."), by=by, now=now)


def _supervisor(*, limit_s: float = 4.0) -> SupervisorApi:
    return SupervisorApi(runtime_paths.supervisor_socket(settings.STATE_DIR), limit_s=limit_s)


def _reason_against_fence() -> str:
    if not _FENCED.is_set():
        folder = runtime_paths.notebook_folder(settings.STATE_DIR, 0)
        if reason := fence.reason_against(folder=folder, limits=launch.limits(settings.CONFIGURATION)):
            return reason
        _FENCED.set()
    return ""
