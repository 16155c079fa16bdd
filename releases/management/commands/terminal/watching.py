"""Shows a rollout while it moves, until it ends. It looks, and moves nothing unless it is told to drive."""

import os
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from portal import clock
from releases.api import representations
from releases.management.commands.terminal import view
from releases.management.commands.terminal.refusals import Mistake, Refused
from releases.models import Rollout
from releases.operations import advance
from releases.rules.states import State

LOOK_EVERY_S = 1.0
# A verb that sends a release on its way has not done what was meant when the release does not arrive.
FORWARD = frozenset({"open", "approve", "promote", "skip", "resume"})


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--watch", action="store_true", help="show the rollout until it ends, or Ctrl-C")
    parser.add_argument(
        "--drive", action="store_true", help="move it from here, for machines where no worker runs; implies --watch"
    )


@dataclass
class Screen:
    """Where it is shown: redrawn on a terminal that can, a line for each change anywhere else."""

    out: TextIO
    is_live: bool
    marks: view.Marks
    _drawn: int = field(default=0, init=False)
    _last: tuple[object, ...] | None = field(default=None, init=False)

    def show(self, seen: view.View) -> None:
        if self.is_live:
            self._redraw(seen)
        elif seen.changed_by != self._last:
            self.out.write(f"{clock.now():%H:%M:%S} {seen.line()}\n")
        self._last = seen.changed_by
        self.out.flush()

    def _redraw(self, seen: view.View) -> None:
        lines = seen.lines(self.marks)
        # Up to where the last block began, and clear what stands below.
        again = f"\x1b[{self._drawn}F\x1b[J" if self._drawn else ""
        self.out.write(again + "\n".join(lines) + "\n")
        self._drawn = len(lines)


def screen_on(out: Any, surroundings: Mapping[str, str] = os.environ) -> Screen:
    """Will find out what this terminal can do."""
    is_live = out.isatty() and surroundings.get("TERM", "dumb") != "dumb"
    return Screen(out, is_live, view.marks_for(getattr(out, "encoding", None)))


def watch(rollout_id: int, screen: Screen, *, is_driving: bool, wait: Callable[[float], object]) -> Rollout:
    """Will show the rollout until it ends, and give it as it ended. Raises Mistake for an unknown one."""
    while True:
        if is_driving:
            advance.settle(rollout_id, clock=clock.now)
        rollout = representations.rollouts().filter(pk=rollout_id).first()
        if rollout is None:
            raise Mistake(f"There is no rollout {rollout_id}. Nothing was changed. `rollout list` shows what there is.")
        screen.show(view.of(rollout))
        if rollout.has_ended:
            return rollout
        wait(LOOK_EVERY_S)


def watch_if_asked(rollout_id: int, out: Any, options: Mapping[str, Any]) -> None:
    """Will watch where the options say so.

    Raises Refused when a verb that sends a release forward was watched to another end.
    """
    if not (options["watch"] or options["drive"]):
        return
    try:
        rollout = watch(rollout_id, screen_on(out), is_driving=options["drive"], wait=threading.Event().wait)
    except KeyboardInterrupt:
        stands = "stands until a worker takes it" if options["drive"] else "goes on"
        out.write(f"Stopped watching; rollout {rollout_id} {stands}.\n")
        return
    if options["verb"] in FORWARD and rollout.state != State.SUCCEEDED:
        serving = f"{rollout.replaces} serves 100 %." if rollout.replaces else "Nothing serves."
        advice = f"`rollout show {rollout_id}` shows why."
        ended = rollout.state.replace("_", " ")
        raise Refused(f"Rollout {rollout_id} ended {ended}: {rollout.reason_sentence} {serving} {advice}")
