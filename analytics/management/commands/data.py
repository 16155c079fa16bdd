"""manage.py data: bring data in, follow its sources, and say or choose which snapshot of a dataset serves."""

import getpass
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from analytics import selectors
from analytics.insights import words
from analytics.management import sources as followed
from analytics.management.progress import Bar
from analytics.operations import manifests, serving, shelf, snapshots
from analytics.operations.lake import home, publishing
from analytics.operations.lake.base import LakeError
from analytics.operations.refusal import Missing, Refused
from analytics.rules.datasets import covid_19
from analytics.rules.datasets.registry import COVID_19, COVID_CASES, DATASETS
from analytics.rules.snapshot import Snapshot
from analytics.sources.base import Source, SourceError
from analytics.sources.file import FileSource
from analytics.sources.lake_sample import LakeSampleSource
from analytics.sources.sample import SampleSource
from analytics.sources.url import UrlSource

FORMS = [form.name for dataset in DATASETS.values() for form in dataset.forms if not form.is_sample]
# The sample of a dataset: its form, and where it is generated.
SAMPLES: dict[str, tuple[str, Callable[[], Sequence[Source]]]] = {
    COVID_CASES: ("sample", lambda: [SampleSource()]),
    COVID_19: ("covid-19-sample", lambda: [LakeSampleSource(table) for table in covid_19.TABLES]),
}


class Command(BaseCommand):
    help = "Bring data in, make the sample, and say or choose which snapshot of a dataset serves."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, title="verbs")
        bring = verbs.add_parser("import", help="read files or addresses, make a snapshot of them, and let it serve")
        bring.add_argument("files", metavar="PATH_OR_URL", nargs="+", help="jhu: cases, deaths; nyt: states, counties")
        bring.add_argument("--format", choices=FORMS, default="owid", help="what the files are; else owid")
        bring.add_argument("--no-serve", action="store_true", help="leave it on the shelf, what serves goes on")
        sample = verbs.add_parser("sample", help="make sample data and let it serve")
        sample.add_argument("--if-none", action="store_true", help="only of a dataset of which nothing serves yet")
        followed.add_verbs(verbs, FORMS)
        for verb, told in (
            ("show", "say which snapshot serves"),
            ("list", "list the snapshots"),
            ("serve", "let a snapshot serve"),
            ("publish", "bring a snapshot to the account's lake, with what is missing there; what serves goes on"),
            ("verify", "read a snapshot's files through and compare their digests"),
            ("quarantine", "keep a snapshot from serving"),
            ("remove", "delete all but the newest snapshots; what serves and what is read stays"),
        ):
            self._add_verb(verbs.add_parser(verb, help=told), verb)

    def _add_verb(self, parser: ArgumentParser, verb: str) -> None:
        if verb in {"show", "list"}:
            default = COVID_CASES if verb == "show" else None
            parser.add_argument("dataset", nargs="?", choices=[*DATASETS], default=default)
            return
        parser.add_argument("dataset", choices=[*DATASETS])
        if verb == "remove":
            parser.add_argument("--keep", type=int, required=True, metavar="N", help="how many of the newest stay")
        else:
            parser.add_argument("revision")
        if verb == "quarantine":
            parser.add_argument("--why", required=True)

    def handle(self, *_: Any, verb: str, **options: Any) -> None:
        now: datetime = timezone.now()  # noqa: TID251  # a command is where the time is read
        try:
            if verb in followed.VERBS:
                followed.run(verb, options, now=now, say=self.stdout.write)
            else:
                getattr(self, f"_{verb}")(options, now)
        except (snapshots.ImportRefusedError, serving.SnapshotError, Refused, Missing, SourceError) as error:
            raise CommandError(str(error)) from None
        except (LakeError, shelf.BusyError) as error:
            raise CommandError(f"{error}. What serves goes on. Try again; what was sent stays.") from None

    def _import(self, options: dict[str, Any], now: datetime) -> None:
        sources = [_source(name) for name in options["files"]]
        self._build(sources, options["format"], now, is_to_serve=not options["no_serve"])

    def _sample(self, options: dict[str, Any], now: datetime) -> None:
        for dataset, (form, sources) in SAMPLES.items():
            if not (options["if_none"] and self._serving(dataset)):
                self._build(sources(), form, now, is_to_serve=True)

    def _build(self, sources: Sequence[Source], form: str, now: datetime, *, is_to_serve: bool) -> None:
        with Bar() as bar:
            made = snapshots.build(sources, form=form, state_dir=settings.STATE_DIR, now=now, progress=bar)
        if not is_to_serve:
            how = f"manage.py data serve {made.dataset} {made.revision}"
            self.stdout.write(f"Snapshot {made.revision} is on the shelf: {_contents(made)}. To let it serve: {how}.")
            return
        serving.serve(settings.STATE_DIR, made.dataset, revision=made.revision)
        self._say_it_serves(made)

    def _serve(self, options: dict[str, Any], _: datetime) -> None:
        serving.serve(settings.STATE_DIR, options["dataset"], revision=options["revision"])
        made = manifests.read(settings.STATE_DIR, options["dataset"], options["revision"])
        if made is not None:
            self._say_it_serves(made.snapshot)

    def _say_it_serves(self, made: Snapshot) -> None:
        self.stdout.write(f"Snapshot {made.revision} serves: {_contents(made)}.")
        if settings.CONFIGURATION.snapshot and made.dataset == COVID_CASES:
            self.stdout.write(
                f"But PORTAL_SNAPSHOT is set: the site here goes on reading {settings.CONFIGURATION.snapshot}."
            )

    def _show(self, options: dict[str, Any], _: datetime) -> None:
        made = self._serving(options["dataset"])
        if made is None:
            raise CommandError(
                f"No snapshot of {options['dataset']} can be read. Pages that need it answer 503. "
                "Run: manage.py data sample."
            )
        self.stdout.write(f"Snapshot {made.revision} serves: {_contents(made)}.")
        self.stdout.write(f"From {made.origin}, imported {made.imported_at:%Y-%m-%d %H:%M} UTC. {made.credit}.")
        if made.profile:
            self.stdout.write(f"Measures: profile {made.profile}. " + _comparison(made))

    def _list(self, options: dict[str, Any], _: datetime) -> None:
        state = Path(settings.STATE_DIR)
        for dataset in [options["dataset"]] if options["dataset"] else shelf.datasets(state):
            for revision in shelf.revisions(state, dataset):
                self.stdout.write(f"{dataset}  {revision}  {_standing(state, dataset, revision)}")

    def _publish(self, options: dict[str, Any], _: datetime) -> None:
        dataset, revision = options["dataset"], options["revision"]
        lake = home.configured()
        if lake is None:
            raise CommandError("There is no lake to publish to. Nothing was sent. Set PORTAL_LAKE_BUCKET.")
        with Bar() as bar:
            publishing.publish(lake, dataset, revision=revision, state_dir=settings.STATE_DIR, progress=bar)
        self.stdout.write(f"Snapshot {revision} is in {lake.location(dataset, '')}.")

    def _verify(self, options: dict[str, Any], _: datetime) -> None:
        dataset, revision = options["dataset"], options["revision"]
        changed = serving.verify(settings.STATE_DIR, dataset, revision=revision)
        if changed:
            raise CommandError(
                f"Snapshot {revision} is damaged: {', '.join(changed)}. It was not touched. "
                "Import the same files again, and it is built anew."
            )
        self.stdout.write(f"Snapshot {revision} of {dataset} is as it was built.")

    def _quarantine(self, options: dict[str, Any], now: datetime) -> None:
        dataset, revision = options["dataset"], options["revision"]
        serving.quarantine(
            settings.STATE_DIR, dataset, revision=revision, why=options["why"], by=getpass.getuser(), now=now
        )
        still = shelf.serving(settings.STATE_DIR, dataset) == revision
        goes_on = " It serves until you let another one serve." if still else ""
        self.stdout.write(f"Snapshot {revision} of {dataset} is in quarantine.{goes_on}")

    def _remove(self, options: dict[str, Any], _: datetime) -> None:
        gone = serving.remove_old(settings.STATE_DIR, options["dataset"], keep=options["keep"])
        self.stdout.write(f"Removed: {', '.join(gone)}." if gone else "There was nothing to remove.")

    def _serving(self, dataset: str) -> Snapshot | None:
        chosen = settings.CONFIGURATION.snapshot if dataset == COVID_CASES else None
        return selectors.serving(chosen or shelf.pointer(settings.STATE_DIR, dataset))


def _source(name: str) -> Source:
    return UrlSource(name) if name.startswith(("http://", "https://")) else FileSource(Path(name))


def _contents(made: Snapshot) -> str:
    parts = ["sample data" if made.is_sample else made.source, f"{made.rows:,} rows"]
    if made.places:
        parts.append(f"{made.places:,} places")
    if made.first_date and made.last_date:
        parts.append(f"{words.day(made.first_date)} to {words.day(made.last_date)}")
    return ", ".join(parts)


def _standing(state: Path, dataset: str, revision: str) -> str:
    note = manifests.quarantined(state, dataset, revision)
    if note is not None:
        return f"in quarantine since {note.set_at:%Y-%m-%d}, by {note.set_by}: {note.why}"
    made = manifests.read(state, dataset, revision)
    slots = {shelf.SERVING: "serves", shelf.CANDIDATE: "green"}
    held = [told for slot, told in slots.items() if shelf.serving(state, dataset, slot) == revision]
    return ", ".join([*held, _contents(made.snapshot) if made else "nothing is written down about it"])


def _comparison(made: Snapshot) -> str:
    if not made.compared:
        return "The source publishes nothing to compare with."
    return f"{made.mismatches:,} of {made.compared:,} published values differ from ours."
