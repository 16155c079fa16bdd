"""What a snapshot says of itself."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Snapshot:
    """One immutable revision of the dataset. `origin` is the address or the file's name it was read from."""

    dataset: str
    revision: str
    source: str
    origin: str
    raw_digests: str
    imported_at: datetime
    rows: int
    places: int
    first_date: date
    last_date: date
    licence: str
    profile: str
    population_source: str
    is_sample: bool
    compared: int
    mismatches: int

    @property
    def credit(self) -> str:
        """This function will name the source as its licence wants it named."""
        return "Sample data, made up by Verdigris" if self.is_sample else f"{self.source}, {self.licence}"
