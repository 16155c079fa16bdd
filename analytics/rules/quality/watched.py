"""What is compared of a table: which columns name the place and the day, and what their values can't be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Watched:
    """One table. `counts` never fall from one day to the next, `news` are never below 0, `shares` are within 0 and 1.

    `values` are the columns whose history is compared; the others follow from them. Where days are texts, `written` is
    how, in strptime's terms; a text that isn't of that form is no day.
    """

    table: str
    place: str
    date: str
    values: tuple[str, ...]
    counts: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    written: str = ""

    @property
    def day(self) -> str:
        """The SQL of a row's day, as a date."""
        return f"try_strptime(\"{self.date}\", '{self.written}')::DATE" if self.written else f'"{self.date}"'
