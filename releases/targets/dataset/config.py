"""An environment's configuration where what is released is a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from releases.targets.cloud.fields import OF_ALL, ConfigError, text

FIELDS = ("dataset", "pages")
# Only of one whose snapshots serve in an account's lake.
OF_ACCOUNTS = ("bucket", *OF_ALL)


@dataclass(frozen=True)
class DatasetConfig:
    """`dataset` is its name on the shelf; `pages` the address under which people see its snapshots, to compare.

    `bucket` is that of the account's lake; without one the snapshots of this machine's shelf serve.
    """

    dataset: str
    pages: str = ""
    bucket: str = ""


def read(name: str, config: Mapping[str, Any]) -> DatasetConfig:
    """Will read the configuration of the environment `name`.

    Raises ConfigError with the first mistake.
    """
    known = (*FIELDS, *OF_ACCOUNTS) if config.get("bucket") else (*FIELDS, "bucket")
    unknown = sorted(set(config) - set(known))
    if unknown:
        raise ConfigError(f"{name} knows no {unknown[0]!r}; a dataset's environment has {', '.join(known)}.")
    dataset = text(config, "dataset")
    if not dataset:
        raise ConfigError("dataset names the dataset that is released.")
    return DatasetConfig(dataset, text(config, "pages"), text(config, "bucket"))
