"""Finds the source by the addresses that name it; the only place where settings meet sources."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from django.conf import settings

from analytics.rules.addresses import DATA_EXCHANGE
from analytics.rules.datasets import covid_19, registry
from analytics.sources.base import Source, SourceError
from analytics.sources.data_exchange import DataExchangeConfig, DataExchangeSource, Jobs
from analytics.sources.file import FileSource
from analytics.sources.s3 import S3Config, S3Source
from analytics.sources.several import SeveralSources
from analytics.sources.url import UrlSource
from portal import aws
from portal.aws import Clients


def source_for(addresses: Sequence[str], *, form: str, jobs: Jobs) -> Source:
    """Will give the source of the files of a form, which lie at `addresses` in the form's order.

    An address is one of http or https, s3://bucket/key, s3://bucket/folder/ for all in it,
    data-exchange:<data set>/<asset> or data-exchange:<data set> for all of it, or a path on this machine.
    Raises SourceError for files of several data sets, and where the settings say too little.
    """
    if any(address.startswith(DATA_EXCHANGE) for address in addresses):
        return _data_exchange(addresses, jobs)
    found = [_one(address, form) for address in addresses]
    return found[0] if len(found) == 1 else SeveralSources(found)


def clients() -> Clients:
    """Will give what makes clients with the rights that data is brought in with. Raises SourceError."""
    configuration = settings.CONFIGURATION
    if not configuration.sources_region:
        raise SourceError("No AWS region is set for sources. Set PORTAL_SOURCES_REGION, then try again")
    access = aws.Access(configuration.sources_region, configuration.sources_role_arn, configuration.sources_external_id)
    return partial(aws.client, access=access)


def _one(address: str, form: str) -> Source:
    if address.startswith(("http://", "https://")):
        return UrlSource(address)
    if address.startswith("s3://"):
        is_lake = address.endswith("/") and registry.of_form(form).name == registry.COVID_19
        return S3Source(S3Config(address, covid_19.FOLDERS if is_lake else {}), clients())
    return FileSource(Path(address))


def _data_exchange(addresses: Sequence[str], jobs: Jobs) -> Source:
    named = [address.removeprefix(DATA_EXCHANGE).partition("/") for address in addresses]
    if len({name for name, _, _ in named}) > 1 or not all(one.startswith(DATA_EXCHANGE) for one in addresses):
        raise SourceError("The files of one form come from one data set. Name files of one")
    exports = settings.CONFIGURATION.sources_exports
    if not exports.startswith("s3://"):
        raise SourceError(
            "Nothing says where Data Exchange exports to. Set PORTAL_SOURCES_EXPORTS to s3://bucket/folder/"
        )
    assets = tuple(asset for _, _, asset in named if asset)
    return DataExchangeSource(DataExchangeConfig(named[0][0], exports, assets), clients(), jobs)
