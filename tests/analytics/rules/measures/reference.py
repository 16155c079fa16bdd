"""The formulas of owid-etl in pandas, written from their description and not from our SQL, to compare with it.

The numbers in the comments are those of the description: cleaned counts (1), sums (3), growth (4), relative values (5),
means (6), fatality (7), days since (8), doubling (9), tests (10), rates (11), vaccinations (12).
"""

import numpy as np
import pandas as pd

STOPPED = {
    "cases": {"USA": "2023-05-21", "ESP": "2023-07-10", "DEU": "2023-07-10", "FRA": "2023-07-02"},
    "deaths": {"ESP": "2023-07-10", "DEU": "2023-07-10", "FRA": "2023-07-02"},
}
COUNTS = ["total_cases", "new_cases", "total_deaths", "new_deaths"]


def compute(days: pd.DataFrame, population: dict[str, float]) -> pd.DataFrame:
    """Will give every place's measures on every day from the first to the last; `days` has iso, date and the inputs."""
    calendar = pd.date_range(days.date.min(), days.date.max())
    counted = days.loc[days[COUNTS].notna().any(axis=1), "date"]
    places = []
    for iso, people in population.items():
        given = days[days.iso == iso].set_index("date").drop(columns="iso").reindex(calendar).astype(float)
        made = _place(iso, given, people, counted.min(), counted.max())
        places.append(made.assign(iso=iso).rename_axis("date").reset_index())
    return pd.concat(places, ignore_index=True).sort_values(["iso", "date"], ignore_index=True)


def _place(iso, given, people, first, last):
    out = pd.DataFrame(index=given.index)
    reports = given[COUNTS].notna().any(axis=None)
    for topic in ("cases", "deaths"):
        _counts(
            out, given, topic, iso=iso, people=people, span=given.loc[first:last].index if reports else given.index[:0]
        )
    _fatality(out)
    _since(out, "days_since_100_total_cases", out.total_cases >= 100)
    _since(out, "days_since_5_total_deaths", out.total_deaths >= 5)
    _since(out, "days_since_1_total_cases_per_million", out.total_cases_per_million >= 1)
    _since(out, "days_since_0_1_total_deaths_per_million", out.total_deaths_per_million >= 0.1)
    _tests(out, given, people)
    _vaccinations(out, given, people)
    for name in ("hosp_patients", "icu_patients", "weekly_hosp_admissions", "weekly_icu_admissions"):
        out[name] = given[name]
        out[f"{name}_per_million"] = given[name] / (people / 1e6)
    return out


def _counts(out, given, topic, *, iso, people, span):
    total = given[f"total_{topic}"].loc[span].ffill()
    new = given[f"new_{topic}"].loc[span]
    # (1) A missing one is 0, but for a day on which the total fell; a negative one is none.
    new = new.where(new.notna(), (total.diff() < 0).map({True: np.nan, False: 0.0}))
    new = new.where(new >= 0)
    if iso in STOPPED[topic]:
        new = new.where(new.index < STOPPED[topic][iso])
    out[f"total_{topic}"], out[f"new_{topic}"] = total, new
    # A rolling sum of pandas may leave 1e-13 where there is 0, and a ratio of that is no number.
    week = new.rolling(7, min_periods=6)
    mean = week.sum().round(6) / week.count()
    out[f"new_{topic}_smoothed"] = mean
    for word, length in (("weekly", 7), ("biweekly", 14)):
        summed = new.rolling(length, min_periods=length - 1).sum().round(6)
        out[f"{word}_{topic}"] = summed.where(new.notna())
        change = (summed / summed.shift(length) - 1).round(3) * 100
        out[f"{word}_pct_growth_{topic}"] = change.replace([np.inf, -np.inf], np.nan)
    for name in (f"new_{topic}", f"total_{topic}", f"weekly_{topic}", f"biweekly_{topic}"):
        out[f"{name}_per_million"] = out[name] / (people / 1e6)
        out[f"{name}_per_100k"] = out[name] / (people / 1e5)
    # (6) They are means of relative values, not relative means.
    for to in ("per_million", "per_100k"):
        relative = out[f"new_{topic}_{to}"].loc[span]
        out[f"new_{topic}_smoothed_{to}"] = relative.rolling(7, min_periods=6).mean()
    for length in (3, 7):
        known = total.replace(0, np.nan)
        grown = known / known.shift(length) - 1
        doubling = length * np.log(2) / np.log(1 + grown.replace(0, np.nan))
        out[f"doubling_days_total_{topic}_{length}_day_period"] = doubling.round(2)


def _fatality(out):
    cfr = (100 * out.total_deaths / out.total_cases).replace([np.inf, -np.inf], np.nan)
    out["cfr"] = cfr
    out["cfr_100_cases"] = cfr.where(out.total_cases >= 100)
    short = 100 * out.new_deaths_smoothed / out.new_cases_smoothed.shift(10).replace(0, np.nan)
    out["cfr_short_term"] = short.where((short >= 0) & (short <= 10) & (short.index >= "2020-09-01"))


def _since(out, name, reached):
    if not reached.any():
        out[name] = np.nan
        return
    since = (out.index - reached.idxmax()).days.to_series(out.index)
    out[name] = since.where(since >= 0)


def _tests(out, given, people):
    total, new = given.total_tests, given.new_tests
    has_totals = total.notna().any()
    known = total if has_totals else new
    day = pd.Series(np.arange(len(known), dtype=float), known.index)
    at = day.where(known.notna())
    near = known.notna() | ((at.bfill() - at.ffill()) <= 21)
    whole = known.interpolate(limit_area="inside").where(near)
    daily = (whole.diff() if has_totals else new)[near]
    mean = daily.rolling(7, min_periods=7).mean().round(9)
    smoothed = mean.round(0).reindex(out.index)
    out["new_tests"], out["total_tests"] = new, total
    out["new_tests_smoothed"] = smoothed.where(smoothed >= 0) + 0.0
    for name in ("new_tests", "total_tests", "new_tests_smoothed"):
        out[f"{name}_per_thousand"] = out[name] / (people / 1e3)
    tests, cases = out.new_tests_smoothed, out.new_cases_smoothed
    for name, ratio in (("positive_rate", 100 * cases / tests), ("tests_per_case", tests / cases)):
        out[name] = ratio.replace([np.inf, -np.inf], np.nan).rolling(7, min_periods=1).mean()


def _vaccinations(out, given, people):
    out["new_vaccinations"] = given.total_vaccinations.diff()
    for name in ("total_vaccinations", "people_vaccinated", "people_fully_vaccinated", "total_boosters"):
        out[name] = given[name]
        out[f"{name}_per_hundred"] = 100 * given[name] / people
    for name, of in (("new_vaccinations", "total_vaccinations"), ("new_people_vaccinated", "people_vaccinated")):
        daily = given[of].interpolate(limit_area="inside").diff()
        out[f"{name}_smoothed"] = daily.rolling(7, min_periods=1).mean()
    out["new_vaccinations_smoothed_per_million"] = out.new_vaccinations_smoothed * 1e6 / people
    out["new_people_vaccinated_smoothed_per_hundred"] = out.new_people_vaccinated_smoothed * 100 / people
    out["people_unvaccinated"] = (people - given.people_vaccinated).clip(lower=0)
