"""Queries with a name: saved, changed by another version, put away."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from analytics.models import SavedQuery, SavedVersion
from analytics.operations.refusal import Refused
from analytics.rules.sql import given
from analytics.rules.sql.parameters import Parameter
from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger


def save(
    *, title: str, sql: str, parameters: Sequence[Parameter], database: str, note: str, by: Actor, now: datetime
) -> SavedVersion:
    """Will save a query under a title, or the next version of the one that has it. Raises Refused."""
    if by.user_id is None or not by.may(Verb.QUERY):
        raise Refused("may-not", "Saving a query needs a person who may run queries. Nothing was saved.")
    slug = slugify(title)[:80]
    if not slug or not sql.strip():
        raise Refused("title-missing", "A saved query needs a title and a text. Nothing was saved.")
    facts = {"title": title.strip(), "owner_id": by.user_id}
    with transaction.atomic():
        query, is_new = SavedQuery.objects.select_for_update().get_or_create(slug=slug, defaults=facts)
        if not is_new and query.owner_id != by.user_id and not by.may(Verb.CONFIGURE):
            raise Refused("not-yours", f"{query.owner.shown_name} owns {query.title!r}. Save it under another title.")
        last = query.versions.aggregate(last=Max("number"))["last"] or 0
        version = SavedVersion.objects.create(
            query=query,
            number=last + 1,
            sql=sql,
            parameters=[given.to_json(one) for one in parameters],
            database=database,
            saved_at=now,
            saved_by=by.name,
            note=note.strip()[:300],
        )
        told = f"{slug} version {version.number}. {note}".strip()
        entry = ledger.Entry("save_query", service=database, sentence=told)
        ledger.append(entry, by=by, now=now)
    return version
