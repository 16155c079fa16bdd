"""The sample of the COVID-19 data lake: made-up numbers for real places, as JSON lines in the lake's own columns.

Small, and the same each time. Nothing in it is a count of anyone; hospitals and their addresses are invented.
"""

import hashlib
import json
import math
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analytics.rules.datasets.covid_19 import TABLES
from analytics.rules.progress import Progress
from analytics.sources import places
from analytics.sources.base import Raw, Revision
from analytics.sources.part import known_by, refuse_other

FIRST_DAY = date(2020, 3, 1)
DAYS = 120
SEED = 20200408
ISO2 = MappingProxyType({"France": "FR", "Germany": "DE", "India": "IN", "Italy": "IT", "Japan": "JP", "Kenya": "KE"})
# State, letters, FIPS code; then county, the rest of its code, people, latitude, longitude.
COUNTIES = (
    ("California", "CA", "06", "Alameda", "001", 1_671_000, 37.65, -121.92),
    ("California", "CA", "06", "Los Angeles", "037", 10_040_000, 34.31, -118.23),
    ("Florida", "FL", "12", "Miami-Dade", "086", 2_717_000, 25.61, -80.5),
    ("Florida", "FL", "12", "Orange", "095", 1_393_000, 28.51, -81.32),
    ("New York", "NY", "36", "Kings", "047", 2_560_000, 40.64, -73.95),
    ("New York", "NY", "36", "Westchester", "119", 967_000, 41.16, -73.76),
    ("Texas", "TX", "48", "Harris", "201", 4_713_000, 29.86, -95.39),
    ("Texas", "TX", "48", "Travis", "453", 1_274_000, 30.33, -97.78),
    ("Washington", "WA", "53", "King", "033", 2_253_000, 47.49, -121.83),
    ("Washington", "WA", "53", "Snohomish", "061", 822_000, 48.05, -121.7),
)
Row = dict[str, Any]


class LakeSampleSource:
    """Promises of `Source`, for one made-up table of the lake: the same bytes each time."""

    def __init__(self, table: str) -> None:
        self.table = TABLES[table]

    def revisions(self) -> tuple[Revision, ...]:
        """Will give the one that there is."""
        return (Revision(known_by("sample", self.table.name, SEED, DAYS)),)

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]:
        """Will write the table as JSON lines."""
        refuse_other(revision.id, self.revisions()[0].id, "The sample")
        target = into / f"{self.table.name}.json"
        progress("generating", 0, None)
        with target.open("w", encoding="utf-8", newline="\n") as file:
            for row in GRAINS[self.table.name]():
                shown = {column.name: row.get(column.name) for column in self.table.columns}
                file.write(json.dumps(shown, ensure_ascii=False) + "\n")
        content = target.read_bytes()
        progress("generating", len(content), len(content))
        return (Raw(target, target.name, "generated", hashlib.sha256(content).hexdigest(), len(content)),)


def _called(value: Any, names: str) -> Row:
    """What the lake's tables call the same thing, each in its own way."""
    return dict.fromkeys(names.split(), value)


def _counties() -> Iterator[Row]:
    for state, letters, state_code, county, code, people, latitude, longitude in COUNTIES:
        yield {
            **_united_states(),
            **_state(state, letters, state_code),
            **_called(county, "admin2 county county_name County countyname hq_city"),
            **_called(state_code + code, "fips county_fips_number county_fips cnty_fips countyfips geo_value Id2"),
            **_called(f"{county}, {state}, US", "combined_key"),
            **_people(people),
            **_called(latitude, "lat latitude"),
            **_called(longitude, "long longitude longtitude"),
            "uid": f"840{state_code}{code}",
            "Id": f"0500000US{state_code}{code}",
            "geo_type": "county",
        }


def _states() -> Iterator[Row]:
    for name, letters, code in dict.fromkeys(row[:3] for row in COUNTIES):
        people = sum(row[5] for row in COUNTIES if row[0] == name)
        yield {**_united_states(), **_state(name, letters, code), **_people(people), "fips": code, "location": name}


def _countries() -> Iterator[Row]:
    for name, iso2 in ISO2.items():
        place = places.known()[name]
        yield {
            **_called(name, "country_region country_short_name country_name Country country location"),
            **_called(place.iso, "country_alpha_3_code iso_code country_iso3 iso3"),
            **_called(iso2, "country_alpha_2_code iso2"),
            **_called(place.continent, "continent_name"),
            **_people(place.population or 0),
            "Alpha-2 code": iso2,
            "Alpha-3 code": place.iso,
        }


def _united_states() -> Row:
    return {
        **_called("US", "country_region country_alpha_2_code iso2"),
        **_called("United States", "country_short_name country_name"),
        **_called("USA", "country_alpha_3_code country_iso3 iso3"),
        **_called("North America", "continent_name"),
        "code3": "840",
    }


def _state(name: str, letters: str, code: str) -> Row:
    return {
        **_called(name, "province_state province_state_name state_name statename state State jurisdiction"),
        **_called(letters, "Abbreviation hq_state"),
        "state_fips": code,
    }


def _people(count: int) -> Row:
    return {"population": count, "Population Estimate 2018": count}


def _every_day(of: Callable[[], Iterator[Row]], form: str = "%Y-%m-%d") -> Callable[[], Iterator[Row]]:
    """The rows of places, on each day, with what was counted there."""

    def rows() -> Iterator[Row]:
        for place in of():
            chance = random.Random(f"{SEED}{sorted(map(str, place.values()))}")  # noqa: S311  # plausible, not secret
            people, counted = place["population"], _Counts()
            peak = chance.uniform(30, 80)
            for number in range(DAYS):
                wave = math.exp(-(((number - peak) / 25) ** 2)) * people / 1e6 * 80
                counted = counted.after(int(wave * chance.uniform(0.7, 1.3) + chance.random()), people)
                yield {**place, **_on(FIRST_DAY + timedelta(days=number), form), **counted.row(people)}

    return rows


def _on(day: date, form: str) -> Row:
    return {
        **_called(day.strftime(form), "date report_date week_of_allocations predicted_date"),
        **_called(f"{day}T02:30:00Z", "last_update dateChecked version_timestamp"),
        "time_value": int(f"{day:%Y%m%d}"),
    }


class _Counts:
    """What was counted to date, and on the day."""

    def __init__(self, cases: int = 0, deaths: int = 0, tests: int = 0, doses: int = 0, new: int = 0) -> None:
        self.cases, self.deaths, self.tests, self.doses, self.new = cases, deaths, tests, doses, new

    def after(self, new: int, people: int) -> "_Counts":
        """What it is a day with so many cases later."""
        tests, doses = self.tests + new * 12 + people // 20_000, self.doses + people // 500
        return _Counts(self.cases + new, self.deaths + new // 50, tests, doses, new)

    def row(self, people: int) -> Row:
        """The same under the lake's names."""
        cases, tests = self.cases, self.tests
        return {
            **_called(cases, "cases confirmed total_cases people_positive_cases_count positive"),
            **_called(self.new, "new_cases difference positiveIncrease people_positive_new_cases_count"),
            **_called(self.deaths, "deaths death total_deaths people_death_count predicted_deaths"),
            **_called(self.new // 50, "new_deaths deathIncrease people_death_new_count"),
            **_called(tests, "tests total_tests total totalTestResults"),
            **_called(tests - cases, "negative"),
            **_called((cases - self.deaths) // 3, "active"),
            **_called(cases - self.deaths - (cases - self.deaths) // 3, "recovered"),
            **_called(self.doses, "total_vaccinations first_dose_allocations"),
            **_called(people // 500, "daily_vaccinations daily_vaccinations_raw"),
            **_called(round(1e6 * cases / people, 3), "total_cases_per_million value"),
            "new_cases_per_million": round(1e6 * self.new / people, 3),
            "total_deaths_per_million": round(1e6 * self.deaths / people, 3),
            "total_vaccinations_per_hundred": round(100 * self.doses / people, 2),
            "case_type": "Confirmed",
            "data_source": "jhu-csse",
            "data_source_name": "Sample data",
            "signal": "confirmed_cumulative_num",
            "tests_units": "tests performed",
            "vaccine": "Pfizer/BioNTech",
        }


def _hospitals() -> Iterator[Row]:
    for number, county in enumerate(_counties(), start=1):
        for name, share in (("General", 0.0012), ("Saint Anne's", 0.0005)):
            beds = int(county["population"] * share)
            yield {
                **county,
                **{f"severity_{days}-day": 1 + (number + days) % 3 for days in range(1, 8)},
                "objectid": 2 * number - (name == "General"),
                "hospital_name": f"{name} Hospital of {county['admin2']} (sample)",
                "hospital_type": "Short Term Acute Care Hospital",
                "hq_address": f"{number} Sample Street",
                "num_licensed_beds": beds,
                "num_staffed_beds": int(beds * 0.9),
                "num_icu_beds": int(beds * 0.1),
                "bed_utilization": round(0.55 + number % 4 / 10, 2),
                "potential_increase_in_bed_capac": beds - int(beds * 0.9),
            }


def _latest(of: Callable[[], Iterator[Row]]) -> Callable[[], Iterator[Row]]:
    return lambda: (row for number, row in enumerate(of(), start=1) if number % DAYS == 0)


def _country() -> Iterator[Row]:
    yield {**_united_states(), **_people(331_000_000)}


_BY_COUNTY, _BY_STATE, _BY_COUNTRY = _every_day(_counties), _every_day(_states), _every_day(_countries)
GRAINS = MappingProxyType(
    dict.fromkeys(TABLES, _BY_COUNTY)
    | dict.fromkeys(
        (
            "nytimes_states", "owid_us_state_vaccinations", "enigma_aggregation_us_states",
            "cdc_pfizer_vaccine_distribution", "cdc_moderna_vaccine_distribution",
        ),
        _BY_STATE,
    )
    | dict.fromkeys(
        (
            "world_cases_deaths_testing", "owid_world_vaccinations", "owid_world_vaccinations_by_manufacturer",
            "enigma_aggregation_global_countries",
        ),
        _BY_COUNTRY,
    )
    | {
        "covid_testing_states_daily": _every_day(
            lambda: ({**row, "state": row["Abbreviation"]} for row in _states()), "%Y%m%d"
        ),
        "covid_testing_us_daily": _every_day(_country, "%Y%m%d"),
        "covid_testing_us_total": _latest(_every_day(_country)),
        "hospital_beds": _hospitals,
        "prediction_models_severity_index": _hospitals,
        "prediction_models_county_predictions": _latest(_BY_COUNTY),
        "country_codes": _countries,
        "county_populations": _counties,
        "us_state_abbreviations": _states,
    }
)  # fmt: skip
