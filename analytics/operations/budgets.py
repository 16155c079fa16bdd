"""What people may spend on queries: the bytes and dollars of a day and of a month, by UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Sum, When
from django.template.defaultfilters import filesizeformat

from analytics.models import Budget, Query
from analytics.operations.refusal import Missing, Refused
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.accounts.permissions import ALLOWED, Role, Verb
from portal.audit import ledger

MOST_BYTES = 1024**5
MOST_USD = 1_000_000.0


@dataclass(frozen=True)
class Spent:
    """What queries read and cost. Those that still run count with the most that they may."""

    read_bytes: int
    usd: float


NOTHING = Spent(0, 0.0)


@dataclass(frozen=True)
class Standing:
    """One budget, what of it is spent, and when all of it is there again."""

    budget: Budget
    spent: Spent
    renews_at: datetime

    @property
    def left_bytes(self) -> int:
        return max(self.budget.bytes_at_most - self.spent.read_bytes, 0)

    @property
    def left_usd(self) -> float:
        return max(self.budget.usd_at_most - self.spent.usd, 0.0)

    @property
    def bytes_percent(self) -> int:
        return _percent(self.spent.read_bytes, self.budget.bytes_at_most)

    @property
    def usd_percent(self) -> int:
        return _percent(self.spent.usd, self.budget.usd_at_most)


@dataclass(frozen=True)
class Spender:
    """Somebody who asked something this month."""

    person: User
    day: Spent
    month: Spent


def standings(by: Actor, *, now: datetime) -> list[Standing]:
    """Will give every budget that binds `by`; of a span the person's own, or else the widest of their roles'."""
    return [_standing(budget, by, now) for budget in _binding(by)]


def spenders(*, now: datetime) -> list[Spender]:
    """Will give who asked something this month with what they spent today and since its first, the dearest first."""
    today, month = _spent(since=_since(Budget.Span.DAY, now)), _spent(since=_since(Budget.Span.MONTH, now))
    people = User.objects.in_bulk(list(month))
    found = [Spender(people[pk], today.get(pk, NOTHING), spent) for pk, spent in month.items()]
    return sorted(found, key=lambda one: (-one.month.usd, -one.month.read_bytes, one.person.username))


def exceeded(by: Actor, *, bytes_upper: int, cost_upper_usd: float, now: datetime) -> Standing | None:
    """Will give a budget that a query which may read and cost so much would go beyond, or None where it fits in all."""
    found = standings(by, now=now)
    return next((one for one in found if bytes_upper > one.left_bytes or cost_upper_usd > one.left_usd), None)


def refuse_beyond(by: Actor, *, bytes_upper: int, cost_upper_usd: float, now: datetime) -> None:
    """Will do nothing if a query that may read and cost so much fits. Raises Refused, with what is left.

    Until the end of the caller's transaction no other query of the same person is let through.
    """
    if by.user_id is not None:
        # Two at the same moment would both find the same left: the second waits until the first is counted.
        User.objects.select_for_update(no_key=True).get(pk=by.user_id)
    standing = exceeded(by, bytes_upper=bytes_upper, cost_upper_usd=cost_upper_usd, now=now)
    if standing is None:
        return
    left = f"{filesizeformat(standing.left_bytes)} and ${standing.left_usd:,.2f}"
    wanted = f"{filesizeformat(bytes_upper)} for ${cost_upper_usd:,.2f}"
    renewed = f"{standing.renews_at:%Y-%m-%d %H:%M} UTC"
    raise Refused(
        "over-budget",
        f"This may read {wanted}, and of the {standing.budget.span}'s budget {left} are left. Nothing was run. "
        f"Select fewer columns or a partition, wait until it renews ({renewed}), or ask an operator for more.",
    )


def set_(
    *,
    span: str,
    bytes_at_most: int,
    usd_at_most: float,
    by: Actor,
    now: datetime,
    role: str = "",
    person_id: int | None = None,
) -> Budget:
    """Will set what a person, or each person with a role, may spend; it takes the place of what was set before.

    Raises Refused when `by` may not, for a budget of nobody or of two, and for a span or an amount out of range.
    """
    _refuse_role(by)
    _check(span, bytes_at_most, usd_at_most)
    _check_whose(role, person_id)
    amounts = {"bytes_at_most": bytes_at_most, "usd_at_most": usd_at_most}
    with transaction.atomic():
        budget, _ = Budget.objects.update_or_create(role=role, person_id=person_id, span=span, defaults=amounts)
        told = f"{budget}: {filesizeformat(bytes_at_most)} and ${usd_at_most:,.2f}"
        ledger.append(ledger.Entry("set_budget", sentence=told), by=by, now=now)
    return budget


def lift(*, budget_id: int, by: Actor, now: datetime) -> Budget:
    """Will take a budget away; who it bound is bound by their roles' budgets, if any. Raises Refused, Missing."""
    _refuse_role(by)
    with transaction.atomic():
        budget = Budget.objects.select_for_update(of=("self",)).select_related("person").filter(pk=budget_id).first()
        if budget is None:
            raise Missing("There is no such budget; the page of budgets lists those that are set.")
        ledger.append(ledger.Entry("lift_budget", sentence=str(budget)), by=by, now=now)
        budget.delete()
    return budget


def _refuse_role(by: Actor) -> None:
    if not by.may(Verb.CONFIGURE):
        needed = ", ".join(sorted(ALLOWED[Verb.CONFIGURE]))
        raise Refused("may-not", f"Setting budgets needs the role {needed}. Nothing was changed. Ask who has it.")


def _check(span: str, bytes_at_most: int, usd_at_most: float) -> None:
    if span not in Budget.Span:
        raise Refused("budget-wrong", f"A budget is of a day or a month, not of {span!r}. Nothing was changed.")
    # Written so that a number that is none fails as well.
    if not (0 <= bytes_at_most <= MOST_BYTES and 0 <= usd_at_most <= MOST_USD):
        reach = f"0 to {filesizeformat(MOST_BYTES)} and $0 to ${MOST_USD:,.0f}"
        raise Refused("budget-wrong", f"A budget is from {reach}. Nothing was changed. Write amounts within these.")


def _check_whose(role: str, person_id: int | None) -> None:
    if bool(role) == (person_id is not None):
        raise Refused("budget-wrong", "A budget is of one role or of one person. Nothing was changed. Name one.")
    if role and role not in list(Role):
        known = ", ".join(Role)
        raise Refused("budget-wrong", f"There is no role {role!r}. Nothing was changed. The roles are {known}.")
    if person_id is not None and not User.objects.filter(pk=person_id, is_active=True).exists():
        raise Refused("budget-wrong", "Nobody of that number may sign in. Nothing was changed. Name somebody else.")


def _binding(by: Actor) -> list[Budget]:
    own = {budget.span: budget for budget in Budget.objects.filter(person_id=by.user_id)} if by.user_id else {}
    of_roles: dict[str, Budget] = {}
    for budget in Budget.objects.filter(role__in=sorted(by.roles)):
        known = of_roles.get(budget.span)
        if known is None or budget.bytes_at_most > known.bytes_at_most:
            of_roles[budget.span] = budget
    return list({**of_roles, **own}.values())


def _standing(budget: Budget, by: Actor, now: datetime) -> Standing:
    since = _since(budget.span, now)
    [spent] = _spent(since=since, person_id=by.user_id).values() or [NOTHING]
    return Standing(budget, spent, _renewal(budget.span, since))


def _since(span: str, now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.replace(day=1) if span == Budget.Span.MONTH else midnight


def _renewal(span: str, since: datetime) -> datetime:
    """When what began at `since` is over: 32 days after a first is some day of the next month."""
    return (since + timedelta(days=32)).replace(day=1) if span == Budget.Span.MONTH else since + timedelta(days=1)


def _spent(*, since: datetime, **whose: int | None) -> dict[int, Spent]:
    """By person; who asked nothing is not in it."""
    read_bytes = Sum(Case(When(ended_at=None, then=F("bytes_upper")), default=F("bytes_scanned")))
    usd = Sum(Case(When(ended_at=None, then=F("cost_upper_usd")), default=F("cost_usd")))
    asked = Query.objects.filter(submitted_at__gte=since, **whose).values("person_id")
    rows = asked.annotate(read_bytes=read_bytes, usd=usd).order_by()
    return {row["person_id"]: Spent(int(row["read_bytes"]), float(row["usd"])) for row in rows}


def _percent(spent: float, at_most: float) -> int:
    """Rounded down: what isn't used up is not shown as if it were."""
    return 100 if spent >= at_most else int(100 * spent / at_most)
