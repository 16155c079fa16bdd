"""The measures as SQL over `places` and `days`: one text that Athena and DuckDB run as it is.

Every place stands on a calendar without gaps, so that a window of rows is a window of days. Each further SELECT adds
the columns whose parts the one before has. What `days` doesn't have is NULL.
"""

import re
from collections.abc import Collection, Iterable

from analytics.rules.measures import columns
from analytics.rules.measures.catalog import MEASURES, NoSuchMeasureError, measure
from analytics.rules.measures.profiles import Profile
from analytics.rules.measures.topics.expressions import WINDOWS

ALL = frozenset(columns.INPUTS)
# A place's days of cases and deaths go from its first to its last row with any of these.
COUNTS = ("total_cases", "new_cases", "total_deaths", "new_deaths")
_CALENDAR = """
reports AS (
  SELECT iso, min({counted}) AS first_count, max({counted}) AS last_count, {tests} AS has_total_tests,
    min(date) AS first_day, max(date) AS last_day
  FROM days GROUP BY iso
), extent AS (
  SELECT min(first_day) AS first_day, max(last_day) AS last_day, min(first_count) AS first_count,
    max(last_count) AS last_count
  FROM reports
), digits AS (
  SELECT n FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS t (n)
), numbers AS (
  SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n
  FROM digits AS a CROSS JOIN digits AS b CROSS JOIN digits AS c CROSS JOIN digits AS d
), calendar AS (
  SELECT CAST(CAST(first_day AS timestamp) + n * INTERVAL '1' DAY AS date) AS date, first_count, last_count
  FROM extent CROSS JOIN numbers WHERE n <= date_diff('day', first_day, last_day)
), base AS (
  SELECT chosen.iso, calendar.date, population, has_total_tests, d.iso IS NOT NULL AS is_row,
    reports.first_count IS NOT NULL AND calendar.date BETWEEN {of}.first_count AND {of}.last_count AS is_counted,
    {given}
  FROM (SELECT iso, population FROM places {places}) AS chosen
    CROSS JOIN calendar
    LEFT JOIN reports ON reports.iso = chosen.iso
    LEFT JOIN days AS d ON d.iso = chosen.iso AND d.date = calendar.date
)
"""


def wide(profile: Profile, *, has: Collection[str] = ALL) -> str:
    """Will give the SELECT that makes the table `measures`, sorted by iso and date; `has` are the columns of `days`."""
    names = [each.name for each in MEASURES.values() if is_made(each.name, profile)]
    return f"{_staged(names, profile, has=has)} ORDER BY iso, date"


def one(name: str, profile: Profile, *, places: int, has: Collection[str] = ALL) -> str:
    """Will give the SELECT of one measure as iso, date, value.

    Its parameters, as `?`: so many iso codes, then the first and the last day as ISO dates. Raises NoSuchMeasureError.
    """
    made = measure(name).name
    if not is_made(made, profile):
        raise NoSuchMeasureError(
            f"{made} isn't made by SQL under {profile.name}. It is {MEASURES[made].made}: {MEASURES[made].formula}."
            " Read it where it is kept."
        )
    listed = ", ".join("?" * places)
    staged = _staged([made], profile, has=has, places=f"WHERE iso IN ({listed})")
    body = f"SELECT iso, date, {made} AS value FROM ({staged}) AS made"
    return f"{body} WHERE date BETWEEN CAST(? AS date) AND CAST(? AS date) ORDER BY iso, date"


def is_made(name: str, profile: Profile) -> bool:
    """Will say whether SQL makes this measure in this profile."""
    return profile.name in MEASURES[name].profiles and name in columns.definitions(profile)


def _staged(names: Iterable[str], profile: Profile, *, has: Collection[str], places: str = "") -> str:
    names = list(names)
    steps = _calendar(profile, has=has, places=places)
    before = "base"
    for number, stage in enumerate(columns.stages(names, profile), 1):
        selected = ",\n    ".join(f"{columns.definitions(profile)[name]} AS {name}" for name in stage)
        steps.append(f"step_{number} AS (\n  SELECT *,\n    {selected}\n  FROM {before}{_windows(selected)}\n)")
        before = f"step_{number}"
    kept = "" if profile.is_reindexed else "\nWHERE is_row"
    return f"WITH {', '.join(steps)}\nSELECT iso, date, {', '.join(names)}\nFROM {before}{kept}"


def _windows(selected: str) -> str:
    used = [f"{name} AS ({frame})" for name, frame in WINDOWS.items() if re.search(rf"OVER {name}\b", selected)]
    return f"\n  WINDOW {', '.join(used)}" if used else ""


def _calendar(profile: Profile, *, has: Collection[str], places: str) -> list[str]:
    counted = (
        f"CASE WHEN {' OR '.join(f'{name} IS NOT NULL' for name in COUNTS if name in has) or 'false'} THEN date END"
    )
    tests = "count(total_tests) > 0" if "total_tests" in has else "false"
    given = ", ".join(
        f"{f'd.{name}' if name in has else 'CAST(NULL AS double)'} AS given_{name}" for name in columns.INPUTS
    )
    # Who reports at all under owid-etl reports on every day on which anyone does.
    of = "calendar" if profile.is_reindexed else "reports"
    return [_CALENDAR.format(counted=counted, tests=tests, places=places, given=given, of=of).strip()]
