"""The sample's accounts, one for each role. Their passwords are made on this machine and kept in the state folder."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from portal.accounts.models import Grant, User
from portal.accounts.permissions import Role


@dataclass(frozen=True)
class Account:
    """Who can sign in, and with what."""

    username: str
    first_name: str
    last_name: str
    roles: tuple[Role, ...]
    password: str = ""


PEOPLE = (
    Account("ada", "Ada", "Approver", (Role.APPROVER,)),
    Account("dora", "Dora", "Developer", (Role.DEVELOPER,)),
    Account("otto", "Otto", "Operator", (Role.OPERATOR,)),
    Account("ana", "Ana", "Analyst", (Role.ANALYST,)),
    Account("vera", "Vera", "Viewer", (Role.VIEWER,)),
)


def ensure(folder: Path, *, now: datetime) -> list[Account]:
    """Will make the accounts that are missing and give all of them with the passwords they were made with."""
    return [_ensure(account, folder, now=now) for account in PEOPLE]


def _ensure(account: Account, folder: Path, *, now: datetime) -> Account:
    path = folder / "secrets" / f"account_{account.username}"
    if not User.objects.filter(username=account.username).exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        password = secrets.token_urlsafe(9)
        path.write_text(password)
        path.chmod(0o600)
        with transaction.atomic():
            user = User.objects.create_user(
                account.username,
                password=password,
                first_name=account.first_name,
                last_name=account.last_name,
                date_joined=now,
                is_staff=Role.OPERATOR in account.roles,
            )
            Grant.objects.bulk_create(Grant(user=user, role=role) for role in account.roles)
    password = path.read_text() if path.exists() else "(changed, or made elsewhere)"
    return Account(account.username, account.first_name, account.last_name, account.roles, password)
