"""The verbs of a rollout, at the terminal."""

from argparse import ArgumentParser
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from django.core.management.base import BaseCommand

from portal import clock
from releases.api import representations
from releases.management.commands.terminal import people, places, watching
from releases.management.commands.terminal.refusals import Mistake, serves_in, told
from releases.management.commands.terminal.view import marks_for, of
from releases.models import Rollout
from releases.operations import approvals, rollouts
from releases.rules.states import ACTIVE

VERBS: MappingProxyType[str, tuple[Callable[..., Rollout], str, str]] = MappingProxyType(
    {
        "approve": (approvals.approve, "comment", "approve the release for this environment and plan"),
        "reject": (approvals.reject, "comment", "reject the release; green is taken down"),
        "promote": (rollouts.promote, "note", "let green take production traffic, by the plan"),
        "pause": (rollouts.pause, "note", "stop the timers"),
        "resume": (rollouts.resume, "note", "let the timers go on"),
        "skip": (rollouts.skip, "note", "skip the rest of the steps, or of the bake"),
        "cancel": (rollouts.cancel, "note", "cancel a rollout that has not started"),
        "rollback": (rollouts.roll_back, "note", "give all traffic back to blue; no gate stops it"),
        "retry": (rollouts.retry, "note", "try a failed rollback again"),
        "resolve": (rollouts.resolve, "note", "end a failed rollback that was put right by hand"),
    }
)


class Command(BaseCommand):
    help = (
        "Opens, moves and shows rollouts. Ends with 0 when done, 1 when refused, 2 for a mistake in what was written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        opening = verbs.add_parser("open", help="open a rollout of a recorded release")
        opening.add_argument("place", metavar="SERVICE/ENVIRONMENT")
        opening.add_argument("version")
        people.add_option(opening)
        watching.add_options(opening)
        for name, (_, _, sentence) in VERBS.items():
            saying = verbs.add_parser(name, help=sentence)
            saying.add_argument("rollout_id", type=int, metavar="ID")
            saying.add_argument("--note", default="", help="a word for the ledger")
            people.add_option(saying)
            watching.add_options(saying)
        showing = verbs.add_parser("show", help="show one rollout")
        showing.add_argument("rollout_id", type=int, metavar="ID")
        watching.add_options(showing)
        listing = verbs.add_parser("list", help="list rollouts, newest first")
        listing.add_argument("--service")
        listing.add_argument("--environment")
        listing.add_argument("--active", action="store_true", help="only those that have started and not ended")
        listing.add_argument("--limit", type=int, default=20)

    def handle(self, *_: Any, **options: Any) -> None:
        verb = options["verb"]
        doing = {"open": self._open, "show": self._show, "list": self._list}.get(verb, self._say)
        doing(options)

    def _open(self, options: dict[str, Any]) -> None:
        by = people.actor_named(options["username"])
        with told():
            environment = places.environment_named(options["place"])
            release_id = places.release_of(environment.service, options["version"]).pk
        with told(serving=lambda: serves_in(environment), advice=f"See `environment show {options['place']}`."):
            opened = rollouts.open(environment_id=environment.pk, release_id=release_id, by=by, now=clock.now())
        self.stdout.write(f"Rollout {opened.pk} is open. {serves_in(environment)}")
        watching.watch_if_asked(opened.pk, self.stdout, options)

    def _say(self, options: dict[str, Any]) -> None:
        rollout_id = options["rollout_id"]
        operation, note_name, _ = VERBS[options["verb"]]
        by = people.actor_named(options["username"])
        rollout = _load(rollout_id)
        with told(serving=lambda: serves_in(rollout.environment), advice=f"See `rollout show {rollout_id}`."):
            operation(rollout_id=rollout_id, by=by, now=clock.now(), **{note_name: options["note"]})
        if not options["watch"] and not options["drive"]:
            self._print(_load(rollout_id))
        watching.watch_if_asked(rollout_id, self.stdout, options)

    def _show(self, options: dict[str, Any]) -> None:
        rollout = _load(options["rollout_id"])
        if not options["watch"] and not options["drive"]:
            self._print(rollout)
            self.stdout.write(f"Plan: {rollout.plan.sentence}.")
        watching.watch_if_asked(rollout.pk, self.stdout, options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = representations.rollouts()
        if options["service"]:
            rows = rows.filter(environment__service__slug=options["service"])
        if options["environment"]:
            rows = rows.filter(environment__name=options["environment"])
        if options["active"]:
            rows = rows.filter(ended_at=None, state__in=sorted(ACTIVE))
        for row in rows.order_by("-pk")[: max(options["limit"], 0)]:
            self.stdout.write(f"{row.pk:>6}  {row.environment}  {of(row).line()}")

    def _print(self, rollout: Rollout) -> None:
        for line in of(rollout).lines(marks_for(getattr(self.stdout, "encoding", None))):
            self.stdout.write(line)


def _load(rollout_id: int) -> Rollout:
    rollout = representations.rollouts().filter(pk=rollout_id).first()
    if rollout is None:
        raise Mistake(f"There is no rollout {rollout_id}. Nothing was changed. `rollout list` shows what there is.")
    return rollout
