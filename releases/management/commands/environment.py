"""Environments at the terminal: show, roll back, lock, unlock, configure."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from portal import clock
from portal.accounts.actors import Actor
from releases.api import representations
from releases.management.commands.terminal import people, places, watching
from releases.management.commands.terminal.refusals import Mistake, serves_in, told
from releases.management.commands.terminal.view import of
from releases.measures import registry as measures
from releases.models import Environment
from releases.operations import environments, locks
from releases.operations.environments import Placement
from releases.rules import policy as policies
from releases.selectors import standing
from releases.targets import registry as targets


class Command(BaseCommand):
    help = "Shows and holds environments. Ends with 0 when done, 1 when refused, 2 for a mistake in what was written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

        def add(name: str, sentence: str) -> ArgumentParser:
            added: ArgumentParser = verbs.add_parser(name, help=sentence)
            added.add_argument("place", metavar="SERVICE/ENVIRONMENT")
            return added

        add("show", "show what serves, what comes and what holds it")
        rolling = add("rollback", "go back to what served before, at once; no gate stops it")
        rolling.add_argument("--note", default="", help="a word for the ledger")
        watching.add_options(rolling)
        locking = add("lock", "stop promotions until a person lifts the lock; rollbacks pass")
        locking.add_argument("--reason", required=True, help="why; people who are stopped read it")
        unlocking = add("unlock", "lift the lock")
        unlocking.add_argument("--note", required=True, help="why it is safe again")
        configuring = add("configure", "change the plan or the policy")
        configuring.add_argument("--plan", help='JSON: {"steps": [{"weight": 10, "wait_s": 60}, …], "bake_s": 300}')
        configuring.add_argument("--policy", help="JSON with the values that change")
        establishing = add("establish", "make it, or put an idle one on another target")
        establishing.add_argument("--target", required=True, help=f"one of {', '.join(targets.MAKERS)}")
        establishing.add_argument("--config", required=True, type=Path, help="a file with the target's JSON")
        establishing.add_argument("--measure", required=True, help=f"one of {', '.join(measures.MAKERS)}")
        establishing.add_argument("--address", default="", help="where people reach it")
        establishing.add_argument("--plan", help="JSON, as for configure")
        establishing.add_argument("--policy", help="JSON with the values that differ from their defaults")
        for changing in (rolling, locking, unlocking, configuring, establishing):
            people.add_option(changing)

    def handle(self, *_: Any, **options: Any) -> None:
        if options["verb"] == "establish":
            return self._establish(options)
        with told():
            environment = places.environment_named(options["place"])
        if options["verb"] == "show":
            return self._show(environment)
        by = people.actor_named(options["username"])
        doing = {"rollback": self._roll_back, "lock": _lock, "unlock": _unlock, "configure": _configure}
        with told(serving=lambda: serves_in(environment), advice=f"See `environment show {options['place']}`."):
            doing[options["verb"]](environment, by, options)
        if options["verb"] != "rollback":
            self._show(representations.environment_row(environment.service.slug, environment.name))
        return None

    def _roll_back(self, environment: Environment, by: Actor, options: dict[str, Any]) -> None:
        rollout = environments.roll_back(environment_id=environment.pk, by=by, now=clock.now(), note=options["note"])
        self.stdout.write(f"Rollout {rollout.pk} takes the traffic back. {serves_in(environment)}")
        watching.watch_if_asked(rollout.pk, self.stdout, options)

    def _establish(self, options: dict[str, Any]) -> None:
        service, _, name = options["place"].partition("/")
        placement = Placement(options["target"], _read(options["config"]), options["measure"], options["address"])
        facts = {"plan": _json(options["plan"], "--plan"), "policy": _json(options["policy"], "--policy")}
        by = people.actor_named(options["username"])
        with told():
            if not name:
                raise Mistake(f"{options['place']!r} names no environment. Write SERVICE/ENVIRONMENT.")
            environments.establish(service=service, name=name, placement=placement, by=by, now=clock.now(), **facts)
            self._show(representations.environment_row(service, name))

    def _show(self, environment: Environment) -> None:
        write = self.stdout.write
        write(f"{environment}: {serves_in(environment)}")
        if environment.previous:
            write(f"A rollback goes back to {environment.previous}.")
        for row in representations.rollouts().filter(environment=environment, ended_at=None).order_by("pk"):
            write(f"Rollout {row.pk}: {of(row).line()}")
        for held in standing.blockers(environment, now=clock.now()):
            write(held.sentence)
        write(f"Plan: {environment.plan.sentence}.")
        write(
            f"Policy: {', '.join(f'{name} {value}' for name, value in policies.to_json(environment.policy).items())}."
        )


def _lock(environment: Environment, by: Actor, options: dict[str, Any]) -> None:
    locks.lock(environment_id=environment.pk, reason=options["reason"], by=by, now=clock.now())


def _unlock(environment: Environment, by: Actor, options: dict[str, Any]) -> None:
    locks.lift(environment_id=environment.pk, note=options["note"], by=by, now=clock.now())


def _configure(environment: Environment, by: Actor, options: dict[str, Any]) -> None:
    plan, policy = _json(options["plan"], "--plan"), _json(options["policy"], "--policy")
    if plan is None and policy is None:
        raise Mistake("There is nothing to change. Nothing was changed. Give --plan, --policy or both.")
    if isinstance(policy, dict):
        policy = {**policies.to_json(environment.policy), **policy}
    environments.configure(environment_id=environment.pk, by=by, now=clock.now(), plan=plan, policy=policy)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Mistake(f"{path} can't be read as JSON ({error}). Nothing was changed.") from None
    if not isinstance(value, dict):
        raise Mistake(f"{path} holds no JSON object. Nothing was changed.")
    return value


def _json(text: str | None, name: str) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Mistake(f"{name} is not JSON ({error}). Nothing was changed. Write it in single quotes.") from None
