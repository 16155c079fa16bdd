"""The fleet: every service and environment, what serves there and what waits, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portal.accounts.actors import Actor
from portal.web.words import counted
from releases.models import Environment, Rollout, Service
from releases.rules.states import WITH_TRAFFIC, State
from releases.selectors import slots, waiting


@dataclass(frozen=True)
class Cell:
    """One environment of one service. `note` says why nothing moves, or what waits."""

    environment: Environment
    traffic: slots.Traffic
    need: waiting.Need | None = None
    is_queued_behind: bool = False
    frozen_until: datetime | None = None
    frozen_why: str = ""

    @property
    def rollout(self) -> Rollout | None:
        return self.need.rollout if self.need else None

    @property
    def moving(self) -> Rollout | None:
        """The rollout with traffic, which a rollback would take back before anything else."""
        return self.rollout if self.rollout and self.rollout.state in WITH_TRAFFIC else None

    @property
    def way_back(self) -> str:
        """What would serve after a rollback: blue while green has traffic, else what served before; may be empty."""
        if self.moving:
            return f"blue {self.moving.replaces.version}" if self.moving.replaces else "blue, where nothing served"
        return self.environment.previous.version if self.environment.previous else ""

    @property
    def link_word(self) -> str:
        """What the reader will do at the rollout."""
        if self.need is None:
            return ""
        if self.need.is_urgent:
            return "Look now"
        return "Decide" if self.need.is_for_me else "Watch"


@dataclass(frozen=True)
class Row:
    service: Service
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True)
class Fleet:
    """All rows, and the two sentences that a hurried reader takes away."""

    rows: list[Row]
    headline: str
    lead: str
    is_bad: bool = False


def read(actor: Actor, *, now: datetime) -> Fleet:
    """Will read the whole fleet in five queries."""
    needs = waiting.needs(actor, now=now)
    cells = cells_of(list(Environment.objects.select_related("service", "serving", "previous")), needs, now=now)
    rows = {service.pk: Row(service) for service in Service.objects.all()}
    for cell in cells:
        rows[cell.environment.service_id].cells.append(cell)
    failed = [need for need in needs if need.is_urgent]
    return Fleet(list(rows.values()), _headline(cells, failed), _lead(cells, needs), bool(failed))


def cells_of(environments: Sequence[Environment], needs: Sequence[waiting.Need], *, now: datetime) -> list[Cell]:
    """Will make the cells of `environments` out of what is open; one query, for the freezes."""
    stops = waiting.Stops.read(now=now)
    return [_cell(environment, needs, stops) for environment in environments]


def _cell(environment: Environment, needs: Sequence[waiting.Need], stops: waiting.Stops) -> Cell:
    here = [need for need in needs if need.rollout.environment_id == environment.pk]
    # What is active shows; a queued one only while nothing is.
    here.sort(key=lambda need: (need.rollout.state == State.QUEUED, -need.rollout.pk))
    need = here[0] if here else None
    stop = stops.of(environment.pk)
    return Cell(
        environment,
        slots.of_environment(environment, need.rollout if need else None),
        need,
        is_queued_behind=len(here) > 1,
        frozen_until=stop[0] if stop else None,
        frozen_why=stop[1] if stop else "",
    )


def _headline(cells: Sequence[Cell], failed: Sequence[waiting.Need]) -> str:
    if failed:
        return f"A rollback failed in {failed[0].rollout.environment}"
    empty = sum(cell.environment.serving_id is None for cell in cells)
    if not cells:
        return "Nothing is set up yet"
    if not empty:
        return "Everything serves"
    if empty == len(cells):
        return "Nothing serves yet"
    return f"{counted(empty, 'environment').capitalize()} {'serves' if empty == 1 else 'serve'} nothing yet"


def _lead(cells: Sequence[Cell], needs: Sequence[waiting.Need]) -> str:
    mine = len(waiting.for_me(needs))
    moving = sum(need.verb is None and need.rollout.state != State.QUEUED for need in needs)
    locked = [str(cell.environment) for cell in cells if cell.environment.locked_at]
    frozen = sum(cell.frozen_until is not None for cell in cells)
    told = [f"{counted(mine, 'rollout').capitalize()} {'waits' if mine == 1 else 'wait'} for you."]
    if moving:
        told.append(f"{counted(moving, 'rollout').capitalize()} {'is' if moving == 1 else 'are'} on the way.")
    if locked:
        told.append(f"Locked: {', '.join(locked[:3])}{' and more' if len(locked) > 3 else ''}.")
    if frozen:
        told.append(f"{counted(frozen, 'environment').capitalize()} {'is' if frozen == 1 else 'are'} frozen.")
    return " ".join(told)
