"""An environment's configuration where what is released is a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from releases.targets.cloud.fields import ConfigError

FIELDS = ("dataset", "pages")


@dataclass(frozen=True)
class DatasetConfig:
    """`dataset` is its name on the shelf; `pages` the address under which people see its snapshots, to compare."""

    dataset: str
    pages: str = ""


def read(name: str, config: Mapping[str, Any]) -> DatasetConfig:
    """Will read the configuration of the environment `name`.

    Raises ConfigError with the first mistake.
    """
    unknown = sorted(set(config) - set(FIELDS))
    if unknown:
        raise ConfigError(f"{name} knows no {unknown[0]!r}; a dataset's environment has {', '.join(FIELDS)}.")
    dataset, pages = config.get("dataset", ""), config.get("pages", "")
    if not isinstance(dataset, str) or not dataset:
        raise ConfigError("dataset names the dataset that is released.")
    if not isinstance(pages, str):
        raise ConfigError("pages is an address.")
    return DatasetConfig(dataset, pages)
