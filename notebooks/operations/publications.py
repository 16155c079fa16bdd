"""Pages that people made from a notebook: a figure, or a question with its first rows."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from notebooks.models import Page
from notebooks.operations import runs
from notebooks.rules.notebook import NotebookError
from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger


def publish(content: Mapping[str, Any], *, key: str, by: Actor, now: datetime) -> Page:
    """Will make a page; the same key again gives the page that it made. Raises NotebookError for who may not.

    `content` has title, note, and either figure, or query, sql, rows and snapshots.
    """
    person_id = runs.refuse_role(by)
    made_before = Page.objects.filter(person_id=person_id, key=key).first() if key else None
    if made_before:
        return made_before
    token = uuid.uuid4().hex
    page = Page(token=token, key=key or token, person_id=person_id, published_at=now, published_by=by.name, **content)
    with transaction.atomic():
        page.save()
        ledger.append(ledger.Entry("publish", sentence=f"{token}: {page.title}"), by=by, now=now)
    return page


def withdraw(page: Page, *, by: Actor, now: datetime) -> None:
    """Will take a page away. Raises NotebookError for somebody else's."""
    if by.user_id != page.person_id and not by.may(Verb.CONFIGURE):
        raise NotebookError(f"{page.published_by} published this page, and it stays. Ask them, or an operator.")
    with transaction.atomic():
        if Page.objects.filter(pk=page.pk, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by.name):
            ledger.append(ledger.Entry("withdraw_page", sentence=page.token), by=by, now=now)


def shown() -> QuerySet[Page]:
    """Will give the pages that stand, the newest first."""
    return Page.objects.filter(withdrawn_at=None).defer("figure", "rows")


def find(token: str) -> Page | None:
    """Will give a page that stands."""
    return Page.objects.filter(token=token, withdrawn_at=None).first()
