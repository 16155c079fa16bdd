"""Cases and deaths: daily, 7-day mean, weekly, biweekly and cumulative; absolute and relative to the people."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analytics.rules.measures.measure import ETL, SUFFIXES, Interval, Measure, Relative, Topic
from analytics.rules.measures.profiles import Profile
from analytics.rules.measures.topics.expressions import relative, rounded

COUNTED: Mapping[Topic, str] = MappingProxyType({"cases": "confirmed cases", "deaths": "confirmed deaths"})
RELATIVES: tuple[Relative, ...] = ("per 100k", "per million")
# What today's Our World in Data leaves out by hand, because the country stopped reporting (garden, cases_deaths.py).
STOPPED: Mapping[Topic, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "cases": (("USA", "2023-05-21"), ("ESP", "2023-07-10"), ("DEU", "2023-07-10"), ("FRA", "2023-07-02")),
        "deaths": (("ESP", "2023-07-10"), ("DEU", "2023-07-10"), ("FRA", "2023-07-02")),
    }
)
_NULLS = "a day without a number counts as 0 in sums and means; before a place's first number there is nothing"
_NEGATIVES = "kept under owid-2020; otherwise a day on which the total fell has no new count"


def measures() -> Iterator[Measure]:
    """Will give every interval of cases and deaths, each absolute and relative."""
    for topic in COUNTED:
        for absolute in _absolute(topic):
            yield absolute
            for to in RELATIVES:
                yield absolute.related(to)


def definitions(profile: Profile) -> dict[str, str]:
    """Will give the SQL of each column, and of those that they are made from."""
    made: dict[str, str] = {}
    for topic in COUNTED:
        new, total, means = f"new_{topic}", f"total_{topic}", f"mean_new_{topic}"
        made |= _cleaned(topic, profile) | {
            means: f"CASE WHEN is_counted AND count(filled_{topic}) OVER last_7 >= {profile.mean_days} THEN"
            f" avg(filled_{topic}) OVER last_7 END",
            f"{new}_smoothed": rounded(means, profile.decimals),
            **{f"{new}_smoothed{SUFFIXES[to]}": relative(means, to, profile.decimals) for to in RELATIVES},
            **_sums(topic, "weekly", 7, profile),
            **_sums(topic, "biweekly", 14, profile),
        }
        for name in (new, total, f"weekly_{topic}", f"biweekly_{topic}"):
            made |= {f"{name}{SUFFIXES[to]}": relative(name, to, profile.decimals) for to in RELATIVES}
    return made


def _absolute(topic: Topic) -> Iterator[Measure]:
    counted = COUNTED[topic]
    new = f"new_{topic}"
    rows: tuple[tuple[str, str, str, Interval, int | None], ...] = (
        (new, f"New {counted}", "as reported", "daily", None),
        (f"{new}_smoothed", f"New {counted}, 7-day mean", f"mean of {new} over the last 7 days", "7-day", 7),
        (f"weekly_{topic}", f"Weekly {counted}", f"sum of {new} over the last 7 days", "weekly", 7),
        (f"biweekly_{topic}", f"Biweekly {counted}", f"sum of {new} over the last 14 days", "biweekly", 14),
        (f"total_{topic}", f"Total {counted}", "as reported", "cumulative", None),
    )
    for name, label, formula, interval, window_days in rows:
        yield Measure(
            name, label, topic, topic, formula, family=new, window_days=window_days, interval=interval,
            nulls=_NULLS, negatives=_NEGATIVES, decimals=2 if interval == "7-day" else 0,
        )  # fmt: skip


def _cleaned(topic: Topic, profile: Profile) -> dict[str, str]:
    given, total = f"given_new_{topic}", f"given_total_{topic}"
    if not profile.is_reindexed:
        new = given if profile.keeps_negatives else f"CASE WHEN {given} >= 0 THEN {given} END"
        return {
            f"new_{topic}": new,
            f"total_{topic}": total,
            f"filled_{topic}": f"CASE WHEN is_counted THEN coalesce(new_{topic}, 0) END",
        }
    stopped = " ".join(f"WHEN iso = '{iso}' AND date >= DATE '{day}' THEN NULL" for iso, day in STOPPED[topic])
    return {
        f"total_{topic}": f"CASE WHEN is_counted THEN"
        f" max_by({total}, CASE WHEN {total} IS NOT NULL THEN date END) OVER so_far END",
        # A file that was cleaned before has NULL where the total fell: no 0 may take its place.
        f"new_{topic}": f"CASE {stopped} WHEN NOT is_counted OR {given} < 0 THEN NULL WHEN {given} >= 0 THEN {given}"
        f" WHEN total_{topic} < lag(total_{topic}) OVER by_day THEN NULL ELSE 0 END",
        f"filled_{topic}": f"new_{topic}",
    }


def _sums(topic: Topic, word: str, days: int, profile: Profile) -> dict[str, str]:
    needs = days - 1 if profile.name == ETL else days
    there = f"is_counted AND count(filled_{topic}) OVER last_{days} >= {needs}"
    summed = f"CASE WHEN {there} THEN sum(filled_{topic}) OVER last_{days} END"
    shown = f"CASE WHEN new_{topic} IS NOT NULL THEN {word}_sum_{topic} END"
    return {
        f"{word}_sum_{topic}": f"CAST({summed} AS bigint)",
        f"{word}_{topic}": shown if profile.is_reindexed else f"{word}_sum_{topic}",
    }
