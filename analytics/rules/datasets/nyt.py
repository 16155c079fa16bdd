"""`nyt`: The New York Times' counts of cases and deaths in the states and counties of the United States.

Columns: github.com/nytimes/covid-19-data, README. Counts are cumulative and were revised downwards at times.
"""

from analytics.rules.datasets.tables import Column, Table, once

_COUNTS = (
    Column("cases", "count", "confirmed and probable cases to date", is_needed=True, must_stand=True),
    # Puerto Rico's municipalities have no count of deaths.
    Column("deaths", "count", "confirmed and probable deaths to date", is_needed=True),
)
_DAY = Column("date", "day", "the day of the report", is_needed=True, must_stand=True)
STATES = Table(
    "us_states",
    (
        _DAY,
        Column("state", "text", "the state's name", is_needed=True, must_stand=True),
        Column(
            "fips", "text", "FIPS code of two digits", is_needed=True,
            pattern="[0-9]{2}", pattern_said="isn't a FIPS code of two digits",
        ),
        *_COUNTS,
    ),
    "state",
    "date",
    "Cases and deaths by state and day",
    rules=(once("state", day="date"),),
)  # fmt: skip
COUNTIES = Table(
    "us_counties",
    (
        _DAY,
        Column("county", "text", "the county's name", is_needed=True, must_stand=True),
        Column("state", "text", "the state's name", is_needed=True, must_stand=True),
        # New York City, Kansas City and unknown counties have none.
        Column(
            "fips", "text", "FIPS code of five digits, empty where there is none", is_needed=True,
            pattern="[0-9]{5}", pattern_said="isn't a FIPS code of five digits",
        ),
        *_COUNTS,
    ),
    "state, county",
    "date",
    "Cases and deaths by county and day",
    rules=(once("county", "state", day="date"),),
)  # fmt: skip
