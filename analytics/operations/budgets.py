"""What people may spend on queries: the bytes and dollars of a day and of a month."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, FloatField, Sum, Value, When
from django.db.models.functions import Coalesce

from analytics.models import Budget, Query
from analytics.operations.refusal import Refused
from portal.accounts.actors import Actor

GIGABYTE = 1e9


@dataclass(frozen=True)
class Standing:
    """One budget and what of it is spent. Queries that still run count with the most that they may cost."""

    budget: Budget
    spent_bytes: int
    spent_usd: float

    @property
    def left_bytes(self) -> int:
        return max(self.budget.bytes_at_most - self.spent_bytes, 0)

    @property
    def left_usd(self) -> float:
        return max(self.budget.usd_at_most - self.spent_usd, 0.0)


def standings(by: Actor, *, now: datetime) -> list[Standing]:
    """Will give every budget that binds `by`; of a span the person's own, or else the widest of their roles'."""
    return [_standing(budget, by, now) for budget in _binding(by)]


def refuse_beyond(by: Actor, *, bytes_upper: int, cost_upper_usd: float, now: datetime) -> None:
    """Will do nothing if a query that may read and cost so much fits. Raises Refused, with what is left."""
    for standing in standings(by, now=now):
        if bytes_upper <= standing.left_bytes and cost_upper_usd <= standing.left_usd:
            continue
        budget = standing.budget
        left = f"{standing.left_bytes / GIGABYTE:,.2f} GB and ${standing.left_usd:,.2f}"
        wanted = f"{bytes_upper / GIGABYTE:,.2f} GB for ${cost_upper_usd:,.2f}"
        raise Refused(
            "over-budget",
            f"This may read {wanted}, and of the {budget.span}'s budget {left} are left. Nothing was run. Select fewer "
            "columns or a partition, or ask an operator for more.",
        )


def _binding(by: Actor) -> list[Budget]:
    own = {budget.span: budget for budget in Budget.objects.filter(person_id=by.user_id)} if by.user_id else {}
    of_roles: dict[str, Budget] = {}
    for budget in Budget.objects.filter(role__in=sorted(by.roles)):
        known = of_roles.get(budget.span)
        if known is None or budget.bytes_at_most > known.bytes_at_most:
            of_roles[budget.span] = budget
    return list({**of_roles, **own}.values())


def _standing(budget: Budget, by: Actor, now: datetime) -> Standing:
    since = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if budget.span == Budget.Span.MONTH:
        since = since.replace(day=1)
    is_open = When(ended_at=None, then=F("bytes_upper"))
    is_open_usd = When(ended_at=None, then=F("cost_upper_usd"))
    spent = Query.objects.filter(person_id=by.user_id, submitted_at__gte=since).aggregate(
        read=Coalesce(Sum(Case(is_open, default=F("bytes_scanned"))), Value(0)),
        usd=Coalesce(Sum(Case(is_open_usd, default=F("cost_usd"))), Value(0.0), output_field=FloatField()),
    )
    return Standing(budget, int(spent["read"]), float(spent["usd"]))
