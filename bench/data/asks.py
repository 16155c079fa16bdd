"""Charts that people ask for: every measure of a snapshot that has a value, over few and many places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from analytics import selectors
from analytics.engines.duckdb import Lake
from analytics.insights import comparison
from analytics.insights.comparison import Ask
from analytics.rules.measures.catalog import MEASURES

# So many places of all, spread over the alphabet; the page opens with six, and sixty are the most.
SETS = (1, 6, 20, 60)
OPENS_WITH = 6


@dataclass(frozen=True)
class Asked:
    """One chart: the address of its numbers, and what the site reads from that."""

    path: str
    ask: Ask


def common(lakes: Sequence[Lake]) -> list[str]:
    """Will give the codes of the places that all of them have."""
    first, *others = (selectors.everywhere(lake) for lake in lakes)
    return [iso for iso in first if all(iso in other for other in others)]


def every(lake: Lake, among: Sequence[str], sets: Sequence[int] = SETS) -> list[Asked]:
    """Will give each measure over each set of so many places among those, one set after the other."""
    return [asked for count in sets for asked in _over(lake, among[:: max(1, len(among) // count)][:count])]


def _over(lake: Lake, places: Sequence[str]) -> Iterator[Asked]:
    names = dict.fromkeys(places, "")
    for measure in MEASURES:
        if measure in selectors.columns(lake):
            given = {"measure": [measure], "place": [",".join(places)]}
            yield Asked(f"/series.json?{urlencode(given, doseq=True)}", comparison.read(given, known=names))
