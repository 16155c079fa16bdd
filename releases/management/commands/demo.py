"""Makes the sample: accounts, the COVID insights service, and its releases brought up for real."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import clock
from releases.demonstration import accounts, data, sample, seed, source
from releases.demonstration.sample import Place, Sample, SampleError
from releases.operations.pipelines import datasets


class Command(BaseCommand):
    """`demo rows` needs only the database; `demo releases` needs HAProxy and the supervisor running."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=["accounts", "rows", "releases"])

    def handle(self, *_: Any, part: str, **__: Any) -> None:
        try:
            getattr(self, part)()
        except (source.SourceError, seed.SeedError, SampleError) as error:
            raise CommandError(str(error)) from None

    def accounts(self) -> None:
        for account in accounts.ensure(settings.STATE_DIR, now=clock.now()):
            roles = ", ".join(account.roles)
            self.stdout.write(f"  {account.username:6} {account.password:14} {roles}")

    def rows(self) -> None:
        seed.rows(settings.STATE_DIR / "source" / seed.SLUG, _sample())
        data.rows()
        datasets.record_new(now=clock.now())

    def releases(self) -> None:
        commits = source.ensure(settings.BASE_DIR, settings.STATE_DIR / "source" / seed.SLUG)
        seed.releases_of(commits, _sample(), clock=clock.now, tell=self.stdout.write)


def _sample() -> Sample:
    configuration = settings.CONFIGURATION
    if configuration.sample is not None:
        return sample.read(configuration.sample)
    first = configuration.internal_port + 20
    config = {
        "live": {"host": configuration.host, "port": configuration.insights_port},
        "preview": {"host": configuration.host, "port": configuration.preview_port},
        "copy_ports": {"a": [first, first + 1], "b": [first + 2, first + 3]},
    }
    address = f"http://localhost:{configuration.insights_port}/"
    return Sample((Place("production", "onprem", config, "haproxy", address),))
