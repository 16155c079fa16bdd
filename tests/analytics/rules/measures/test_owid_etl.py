"""owid-etl in SQL equals the same formulas in pandas: on the real file, and on data that hypothesis makes up."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.rules.measures.measure import ETL
from analytics.rules.measures.profiles import PROFILES
from tests.analytics.rules.measures import lake, reference

PROFILE = PROFILES[ETL]
INPUTS = (
    "total_cases", "new_cases", "total_deaths", "new_deaths", "total_tests", "new_tests", "total_vaccinations",
    "people_vaccinated", "people_fully_vaccinated", "total_boosters", "hosp_patients", "icu_patients",
    "weekly_hosp_admissions", "weekly_icu_admissions",
)  # fmt: skip
# Growth is rounded to 0.1 % on both sides: where a double falls on the other side of a half, it is a step apart.
STEPS = {"weekly_pct_growth": 0.1001, "biweekly_pct_growth": 0.1001, "doubling_days": 0.01001}
PEOPLE = {"AAA": 1_000_003.0, "USA": 330_000_000.0, "NON": 809.0}
FIRST = date(2023, 4, 1)


def differing(ours, theirs):
    """Will give, for each column, how many values differ: (NULL against a value, numbers apart)."""
    assert len(ours) == len(theirs)
    assert (ours.iso.to_numpy() == theirs.iso.to_numpy()).all()
    assert (ours.date.to_numpy() == theirs.date.to_numpy()).all()
    found = {}
    for name in theirs.columns.difference(["iso", "date"]):
        one, other = ours[name].astype(float).to_numpy(), theirs[name].astype(float).to_numpy()
        step = next((step for start, step in STEPS.items() if name.startswith(start)), 0.0)
        there = ~np.isnan(one) & ~np.isnan(other)
        apart = np.abs(one - other)[there] > step + 1e-9 + 1e-9 * np.abs(other[there])
        lacking = int((np.isnan(one) != np.isnan(other)).sum())
        if lacking or apart.any():
            found[name] = (lacking, int(apart.sum()))
    return found


def test_the_real_file_under_owid_etl_is_what_pandas_makes_of_it(real):
    tables, _ = lake.from_file(real("owid-covid-data-2020-12-17.csv.gz"))
    days = tables.execute(f"SELECT iso, date, {', '.join(INPUTS)} FROM days").df()  # noqa: S608
    people = dict(tables.execute("SELECT iso, population FROM places").fetchall())
    population = {iso: float("nan") if count is None else float(count) for iso, count in people.items()}
    theirs = reference.compute(days.assign(date=pd.to_datetime(days.date)), population)
    ours = lake.build(tables, PROFILE)
    values = int(theirs.drop(columns=["iso", "date"]).notna().sum().sum())
    assert values > 2_600_000
    assert differing(ours, theirs) == {}


@st.composite
def epidemics(draw):
    """Two or three places with gaps between days, missing numbers, corrections, and weeks without anything."""
    rows = []
    length = draw(st.integers(20, 45))
    # Tests and doses may be known for later days than cases.
    counted = length - draw(st.integers(0, 3))
    for iso in draw(st.sampled_from([("AAA", "NON"), ("AAA", "USA", "NON")])):
        totals = dict.fromkeys(("cases", "deaths", "tests", "doses"), 0)
        for day in range(length):
            if draw(st.integers(0, 9)) == 0:
                continue
            # NON never reports a case: nothing of it is 0.
            reports = iso != "NON" and day < counted
            row = {"iso": iso, "date": pd.Timestamp(FIRST + timedelta(days=day + 30))}
            for topic, most in (("cases", 400), ("deaths", 9)):
                change = draw(st.one_of(st.integers(0, most), st.just(0), st.integers(-most // 3, -1)))
                totals[topic] = max(0, totals[topic] + change)
                if reports and draw(st.integers(0, 5)):
                    row[f"total_{topic}"] = totals[topic]
                if reports and draw(st.integers(0, 5)):
                    row[f"new_{topic}"] = change
            totals["tests"] += draw(st.integers(0, 5000))
            totals["doses"] += draw(st.integers(0, 9000))
            quiet = 5 < day < 5 + draw(st.sampled_from([0, 6, 21, 22, 30]))
            if not quiet and draw(st.booleans()):
                row["total_tests" if iso == "AAA" else "new_tests"] = totals["tests"]
                row["total_vaccinations"] = totals["doses"]
                row["people_vaccinated"] = totals["doses"] // 2
            rows.append(row)
    frame = pd.DataFrame(rows, columns=["iso", "date", *INPUTS])
    return frame.astype(dict.fromkeys(INPUTS, float))


# Not shrunk: the frames are large, and that would take minutes.
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(epidemics())
def test_made_up_epidemics_are_computed_alike(days):
    if not days[reference.COUNTS].notna().any(axis=None):
        return
    ours = lake.build(lake.from_frames(days, PEOPLE), PROFILE)
    assert differing(ours, reference.compute(days, PEOPLE)) == {}


def test_a_gap_between_days_is_filled_with_none_new():
    dates = [pd.Timestamp(2021, 1, day) for day in (*range(1, 8), *range(11, 16))]
    days = pd.DataFrame({"iso": "AAA", "date": dates, "new_cases": 7.0, "total_cases": 7.0 * np.arange(1, 13)})
    made = lake.build(lake.from_frames(days, PEOPLE), PROFILE)
    of = made[made.iso == "AAA"].set_index("date")
    assert len(of) == 15
    assert list(of.new_cases["2021-01-07":"2021-01-11"]) == [7, 0, 0, 0, 7]
    assert list(of.total_cases["2021-01-07":"2021-01-11"]) == [49, 49, 49, 49, 56]
    # Three of the seven days before the 13th had none.
    assert of.new_cases_smoothed["2021-01-13"] == 4
    assert of.weekly_cases["2021-01-13"] == 28
    assert made[made.iso == "NON"].new_cases.isna().all()


def test_a_file_that_was_cleaned_before_keeps_its_corrections_out():
    totals = [10.0, 20, 30, 25, 35, 45, 55, 65]
    days = pd.DataFrame(
        {
            "iso": "AAA",
            "date": pd.date_range("2021-01-01", periods=8),
            "new_cases": [10, 10, 10, np.nan, 10, 10, 10, 10],
            "total_cases": totals,
        }
    )
    of = lake.build(lake.from_frames(days, PEOPLE), PROFILE).query("iso == 'AAA'")
    assert np.isnan(of.new_cases.iloc[3])
    assert of.new_cases_smoothed.iloc[7] == 10
