"""What a snapshot says of itself."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Snapshot:
    """One immutable revision of a dataset. `origin` is the address or the file's name it was read from.

    Days are None and `places` 0 where the dataset has none; `profile` is empty where no measures are computed.
    """

    dataset: str
    revision: str
    source: str
    origin: str
    raw_digests: str
    imported_at: datetime
    rows: int
    places: int
    first_date: date | None
    last_date: date | None
    licence: str
    profile: str
    population_source: str
    is_sample: bool
    compared: int
    mismatches: int

    @property
    def credit(self) -> str:
        """Will name the source as its licence wants it named."""
        return "Sample data, made up by Verdigris" if self.is_sample else f"{self.source}, {self.licence}"
