"""manage.py data: bring COVID-19 data in, make the sample, or say what serves."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from analytics import selectors
from analytics.insights import words
from analytics.operations import shelf, snapshots
from analytics.rules.snapshot import Snapshot
from analytics.sources.base import Source
from analytics.sources.file import FileSource
from analytics.sources.sample import SampleSource
from analytics.sources.url import UrlSource


class Bar:
    """Progress on the terminal; one line for each stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[Any] | None = None

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        if stage != self._stage or self._bar is None:
            self.close()
            self._stage = stage
            self._bar = tqdm(desc=stage.capitalize(), total=total, unit="B", unit_scale=True, leave=False, delay=0.2)
        # A second file of the same stage starts again from nothing.
        if done < self._bar.n:
            self._bar.reset(total)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class Command(BaseCommand):
    help = "Bring COVID-19 data in, make the sample, or say what serves."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, title="verbs")
        bring = verbs.add_parser("import", help="read a file or an address and make it what serves")
        bring.add_argument("source", metavar="PATH_OR_URL", help="Our World in Data's file, or Johns Hopkins' cases")
        bring.add_argument("--format", choices=["owid", "jhu"], help="else jhu if --deaths is given, and owid if not")
        bring.add_argument("--deaths", metavar="PATH_OR_URL", help="Johns Hopkins' deaths, the second file of the pair")
        sample = verbs.add_parser("sample", help="make sample data and let it serve")
        sample.add_argument("--if-none", action="store_true", help="only if nothing serves yet")
        verbs.add_parser("show", help="say which snapshot serves")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["verb"] == "show":
            self._show()
        elif options["verb"] == "sample":
            if not (options["if_none"] and self._serving()):
                self._build(SampleSource(), file_format="sample")
        else:
            format_: snapshots.Format = options["format"] or ("jhu" if options["deaths"] else "owid")
            if (format_ == "jhu") != bool(options["deaths"]):
                raise CommandError(
                    "Johns Hopkins' data is a pair of files. Nothing was changed. "
                    "Name the cases, then the deaths: data import CASES --format jhu --deaths DEATHS."
                )
            deaths = _source(options["deaths"]) if options["deaths"] else None
            self._build(_source(options["source"]), deaths=deaths, file_format=format_)

    def _build(self, cases: Source, *, file_format: snapshots.Format, deaths: Source | None = None) -> None:
        bar = Bar()
        now: datetime = timezone.now()  # noqa: TID251  # a command is where the time is read
        try:
            made = snapshots.build(
                cases, deaths=deaths, file_format=file_format, state_dir=settings.STATE_DIR, now=now, progress=bar
            )
        except snapshots.ImportRefusedError as error:
            bar.close()
            raise CommandError(str(error)) from None
        bar.close()
        self.stdout.write(_sentence(made))
        if settings.CONFIGURATION.snapshot:
            self.stdout.write(
                f"But PORTAL_SNAPSHOT is set: the site here goes on reading {settings.CONFIGURATION.snapshot}."
            )

    def _show(self) -> None:
        serving = self._serving()
        if serving is None:
            raise CommandError("No snapshot can be read. The insights site answers 503. Run: manage.py data sample.")
        self.stdout.write(_sentence(serving))
        self.stdout.write(
            f"From {serving.origin}, imported {serving.imported_at:%Y-%m-%d %H:%M} UTC. {serving.credit}."
        )
        self.stdout.write(f"Measures: profile {serving.profile}. " + _comparison(serving))

    def _serving(self) -> Snapshot | None:
        return selectors.serving(settings.CONFIGURATION.snapshot or shelf.pointer(settings.STATE_DIR))


def _source(name: str) -> Source:
    return UrlSource(name) if name.startswith(("http://", "https://")) else FileSource(Path(name))


def _sentence(made: Snapshot) -> str:
    kind = "sample data" if made.is_sample else made.source
    return (
        f"Snapshot {made.revision} serves: {kind}, {made.rows:,} rows, {made.places} places, "
        f"{words.day(made.first_date)} to {words.day(made.last_date)}."
    )


def _comparison(made: Snapshot) -> str:
    if not made.compared:
        return "The source publishes no averages to compare with."
    return f"{made.mismatches:,} of {made.compared:,} published 7-day averages differ from ours."
