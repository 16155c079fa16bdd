"""Links to a run's page, for whoever holds them, as long as they last."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction

from notebooks.models import Run, Share
from notebooks.rules.notebook import NotebookError
from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger

DAYS = (1, 7, 30)
_SALT = "notebooks.shares"


def share(run: Run, *, days: int, by: Actor, now: datetime) -> Share:
    """Will make a link that lasts so many days. Raises NotebookError for others' runs, and before a run's end."""
    _refuse_others(run, by)
    if days not in DAYS:
        raise NotebookError(f"A link lasts {', '.join(map(str, DAYS))} days. Nothing was shared. Choose one of them.")
    if run.ended_at is None:
        raise NotebookError("The run hasn't ended. Nothing was shared. Share it when it has.")
    with transaction.atomic():
        made = Share.objects.create(run=run, shared_at=now, shared_by=by.name, expires_at=now + timedelta(days=days))
        sentence = f"{run.token} until {made.expires_at:%Y-%m-%d %H:%M} UTC"
        ledger.append(ledger.Entry("share_run", sentence=sentence), by=by, now=now)
    return made


def withdraw(made: Share, *, by: Actor, now: datetime) -> None:
    """Will let a link lead nowhere from now on. Raises NotebookError for somebody else's."""
    _refuse_others(made.run, by)
    with transaction.atomic():
        if Share.objects.filter(pk=made.pk, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by.name):
            ledger.append(ledger.Entry("withdraw_share", sentence=made.run.token), by=by, now=now)


def signed(made: Share) -> str:
    """Will give what stands in the link. It can't be guessed from another's, nor made without the portal's key."""
    return signing.Signer(salt=_SALT).sign(str(made.pk))


def opened(link: str, *, now: datetime) -> Share | None:
    """Will give the share of a link that still lasts; None for any other."""
    try:
        number = int(signing.Signer(salt=_SALT).unsign(link))
    except (signing.BadSignature, ValueError):
        return None
    made = Share.objects.select_related("run").filter(pk=number).first()
    return made if made and made.is_open(now=now) else None


def _refuse_others(run: Run, by: Actor) -> None:
    if by.user_id != run.person_id and not by.may(Verb.CONFIGURE):
        raise NotebookError(f"{run.asked_by} asked for this run. Nothing was changed. Ask them, or an operator.")
