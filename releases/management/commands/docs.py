"""Writes the generated pages of docs/, or checks that they are current."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analytics.documentation import conformance
from analytics.rules.measures import page as measures
from releases.documentation import rules
from releases.documentation import settings as settings_documentation

PAGES: Mapping[str, Callable[[], str]] = {
    "states.md": rules.states_page,
    "reasons.md": rules.reasons_page,
    "roles.md": rules.roles_page,
    "conformance.md": conformance.page,
    "measures.md": measures.page,
    "settings.md": settings_documentation.settings_page,
}


class Command(BaseCommand):
    """`docs` writes, `docs --check` compares and fails when a page is stale."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *_: Any, check: bool, **__: Any) -> None:
        folder = settings.BASE_DIR / "docs"
        stale = []
        for name, make in PAGES.items():
            path = folder / name
            text = make()
            if path.exists() and path.read_text() == text:
                continue
            stale.append(name)
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
        if check and stale:
            raise CommandError(f"docs/{', docs/'.join(stale)} differ from the code. Run `make docs` and commit.")
        self.stdout.write(f"{len(PAGES)} pages are current." if check or not stale else f"Wrote {', '.join(stale)}.")
