"""Releases at the terminal: record, list, show."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from portal import clock
from releases.api import representations
from releases.management.commands.terminal import people, places
from releases.management.commands.terminal.refusals import Mistake, told
from releases.operations import releases


class Command(BaseCommand):
    help = "Records and shows releases. Ends with 0 when done, 1 when refused, 2 for a mistake in what was written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        recording = verbs.add_parser("record", help="record a release; saying the same again changes nothing")
        recording.add_argument("service")
        recording.add_argument("version")
        recording.add_argument("--commit", default="", help="the whole commit id")
        recording.add_argument("--artifact", default="", help="an OCI reference with its digest")
        recording.add_argument("--variable", dest="variables", action="append", default=[], metavar="NAME=VALUE")
        recording.add_argument("--changelog", default="", help="the text, or @FILE")
        recording.add_argument("--author", default="", help="who wrote it, and so can't approve it")
        recording.add_argument("--key", default="", help="the build's own name for this recording")
        people.add_option(recording)
        listing = verbs.add_parser("list", help="list releases, newest first")
        listing.add_argument("--service")
        listing.add_argument("--limit", type=int, default=20)
        showing = verbs.add_parser("show", help="show one release")
        showing.add_argument("service")
        showing.add_argument("version")

    def handle(self, *_: Any, **options: Any) -> None:
        {"record": self._record, "list": self._list, "show": self._show}[options["verb"]](options)

    def _record(self, options: dict[str, Any]) -> None:
        by = people.actor_named(options["username"])
        recording = releases.Recording(
            service=options["service"],
            version=options["version"],
            commit=options["commit"],
            artifact=options["artifact"],
            configuration=dict(map(_setting, options["variables"])),
            changelog=_text(options["changelog"]),
            author=options["author"],
        )
        with told():
            recorded = releases.record(recording, by=by, now=clock.now(), key=options["key"])
        release = recorded.release
        word = "is recorded" if recorded.is_new else "was recorded already"
        self.stdout.write(f"{options['service']} {release.version} {word} with digest {release.digest}.")

    def _list(self, options: dict[str, Any]) -> None:
        rows = representations.releases()
        if options["service"]:
            with told():
                rows = rows.filter(service=places.service_named(options["service"]))
        for row in rows.order_by("-pk")[: max(options["limit"], 0)]:
            when = f"{row.recorded_at:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{row.service.slug} {row.version}  {when}  {row.author_name}  {row.digest}")

    def _show(self, options: dict[str, Any]) -> None:
        with told():
            release = places.release_of(places.service_named(options["service"]), options["version"])
        shown = representations.release_in_full(release.pk)
        for name in ("service", "version", "digest", "commit", "artifact", "author"):
            self.stdout.write(f"{name:<10} {shown[name]}")
        self.stdout.write(f"recorded   {release.recorded_at:%Y-%m-%d %H:%M} UTC by {release.recorded_by}")
        for one in shown["rollouts"]:
            self.stdout.write(f"rollout    {one['id']} to {one['environment']}: {one['state'].replace('_', ' ')}")
        if release.changelog:
            self.stdout.write(f"\n{release.changelog}")


def _setting(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise Mistake(f"{text!r} sets nothing. Nothing was changed. Write --variable NAME=VALUE.")
    return name, value


def _text(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{given[1:]} can't be read ({error}). Nothing was changed. Name a text file.") from None
