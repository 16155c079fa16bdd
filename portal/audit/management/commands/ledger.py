"""The ledger at the terminal: verify, export, tail."""

import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit import ledger, selectors
from portal.audit.models import Event

LOOK_EVERY_S = 1.0
FORMATS = {"json": selectors.as_json_lines, "csv": selectors.as_csv}
EXACT = ("actor", "verb", "service", "environment")


class Broken(CommandError):  # noqa: N818 - its name is printed before its sentence
    """The ledger is not as it was written."""


class Command(BaseCommand):
    help = "Checks, exports and shows the ledger. `verify` ends with 1 when a row was edited, removed or reordered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="action", required=True, metavar="VERB")
        verbs.add_parser("verify", help="walk the whole chain and name every row that is not as it was written")
        exporting = verbs.add_parser("export", help="write rows, oldest first")
        exporting.add_argument("--format", choices=sorted(FORMATS), default="json", help="JSON lines, or CSV")
        exporting.add_argument("--output", type=Path, help="a new file; without it, standard output")
        tailing = verbs.add_parser("tail", help="show the newest rows")
        tailing.add_argument("--count", type=int, default=20)
        tailing.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
        for choosing in (exporting, tailing):
            for name in EXACT:
                choosing.add_argument(f"--{name}", default="")
            choosing.add_argument("--rollout", type=int, dest="rollout_id")

    def handle(self, *_: Any, **options: Any) -> None:
        {"verify": self._verify, "export": self._export, "tail": self._tail}[options["action"]](options)

    def _verify(self, _: dict[str, Any]) -> None:
        count = 0
        for fault in ledger.verify():
            count += 1
            self.stdout.write(fault.sentence)
        if count:
            places = "1 place" if count == 1 else f"{count} places"
            raise Broken(
                f"The ledger is not as it was written, in {places}. Releases go on as before. "
                "Keep this database as it is and compare it with the last export or backup.",
                returncode=1,
            )
        self.stdout.write(f"All {selectors.end()} rows of the ledger are as they were written.")

    def _export(self, options: dict[str, Any]) -> None:
        lines = FORMATS[options["format"]](selectors.export(_filters(options)))
        output: Path | None = options["output"]
        if output is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        try:
            with output.open("x", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as error:
            reason = f"{output} can't be written ({error.strerror})."
            raise CommandError(f"{reason} Nothing was exported. Name a new file.", returncode=2) from None

    def _tail(self, options: dict[str, Any]) -> None:
        rows = selectors.matching(_filters(options))
        newest = list(rows.order_by("-sequence")[: max(options["count"], 0)])
        last, wait = selectors.end(), threading.Event().wait
        for event in reversed(newest):
            self.stdout.write(_line(event))
        try:
            while options["follow"]:
                wait(LOOK_EVERY_S)
                for event in rows.filter(sequence__gt=last).order_by("sequence"):
                    self.stdout.write(_line(event))
                    last = event.sequence
        except KeyboardInterrupt:
            return


def _filters(options: dict[str, Any]) -> selectors.Filters:
    return selectors.Filters(rollout_id=options["rollout_id"], **{name: options[name] for name in EXACT})


def _line(event: Event) -> str:
    place = "/".join(part for part in (event.service, event.environment, event.release) if part)
    moved = f"{event.from_state} → {event.to_state}" if event.to_state else ""
    what = " · ".join(part for part in (event.verb, place, moved, event.sentence) if part)
    return f"{event.sequence:>7} {event.at:%Y-%m-%d %H:%M:%S} {event.actor}: {what}"
