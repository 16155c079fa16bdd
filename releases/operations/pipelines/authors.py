"""Who wrote a release, learned once: a source that tells it later fills in what an earlier one did not know."""

from datetime import datetime

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.audit import ledger
from releases.models import Approval, Release

VOID_REASON = "they turned out to be the release's author"


def named(username: str) -> User | None:
    """Will find the account of that name; None where there is none."""
    return User.objects.filter(username=username).first()


def learn(release: Release, author: User | None, *, by: Actor, now: datetime) -> bool:
    """Will set the author of a release that has none, in the caller's transaction; False where nothing was learned.

    The author's approvals of it become void: they never could have given them. An author who is known stays.
    """
    if author is None or release.author_id is not None:
        return False
    if not Release.objects.filter(pk=release.pk, author=None).update(author=author, author_name=author.shown_name):
        return False
    release.author, release.author_name = author, author.shown_name
    given = Approval.objects.filter(rollout__release=release)
    given.exclude(decided_by=author).update(author=author)
    count = given.filter(decided_by=author, void_at=None).update(void_at=now, void_reason=VOID_REASON)
    voided = " What they approved no longer counts." if count else ""
    entry = ledger.Entry(
        "learn_author",
        service=release.service.slug,
        release=release.version,
        sentence=f"{author.shown_name} is its author, and can't approve it.{voided}",
    )
    ledger.append(entry, by=by, now=now)
    return True
