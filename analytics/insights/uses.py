"""Which pages of the site read which tables. A test takes each table away and looks which pages miss it."""

from dataclasses import dataclass

from analytics.insights.topics import TOPICS

_DATABASE = "covid-cases"
_ALWAYS = ("snapshot",)
_CHARTS = ("measures", "places", *_ALWAYS)


@dataclass(frozen=True)
class Page:
    """A page: its title, the name of its address with what stands in it, and the tables that it reads."""

    title: str
    address: str
    arguments: tuple[str, ...]
    tables: tuple[str, ...]


PAGES = (
    Page("World", "front", (), _CHARTS),
    Page("A place", "country", ("OWID_WRL",), _CHARTS),
    Page("Map", "map", (), _CHARTS),
    Page("Compare", "compare", (), _CHARTS),
    *(Page(topic.title, "topic", (topic.slug,), _CHARTS) for topic in TOPICS.values()),
    Page("Data quality", "quality", (), ("measures", "parity", *_ALWAYS)),
)


def of(database: str, table: str) -> tuple[Page, ...]:
    """Will give the pages that read a table."""
    return tuple(page for page in PAGES if database == _DATABASE and table in page.tables)
