"""`covid-19`: the tables of the AWS COVID-19 data lake under their own names and columns, so that its queries run here.

Names and columns: the CloudFormation stack of "A public data lake for analysis of COVID-19 data" (AWS Big Data Blog).
Days are texts there, in forms that differ from table to table; so they are here. Some names are theirs as they stand:
`longtitude`, columns with hyphens or spaces.
"""

from analytics.rules.datasets.tables import Column, Kind, Table
from analytics.rules.quality.watched import Watched

_JHU = (
    "admin2, latitude:number, longitude:number, province_state, country_region, date, confirmed:count, deaths:count, "
    "recovered:count, active:count, combined_key"
)
_TESTS = (
    "positive:count, negative:count, pending:count, hospitalized:count, death:count, total:count, hash, dateChecked"
)
_RISES = (
    "totalTestResults:count, fips, deathIncrease:count, hospitalizedIncrease:count, negativeIncrease:count, "
    "positiveIncrease:count, totalTestResultsIncrease:count"
)
_VACCINATED = (
    "total_vaccinations:count, people_vaccinated:count, people_fully_vaccinated:count, daily_vaccinations_raw:count, "
    "daily_vaccinations:count, total_vaccinations_per_hundred:number, people_vaccinated_per_hundred:number, "
    "people_fully_vaccinated_per_hundred:number, daily_vaccinations_per_million:number"
)
_AGGREGATED = (
    "lat:number, long:number, population:count, date, cases:count, deaths:count, tests:count, patients_icu:count, "
    "patients_hosp:count, patients_vent:count, recovered:count, version_timestamp"
)
_ALLOCATED = "jurisdiction, week_of_allocations, first_dose_allocations:count, second_dose_allocations:count"
_SEVERITIES = ", ".join(f"severity_{days}-day:number" for days in range(1, 8))
# Name: what it holds, and its columns in order; a column is text unless a kind stands behind it.
# fmt: off
_TABLES = {
    "enigma_jhu": (
        "Johns Hopkins' daily reports, by county, state or country",
        ("fips, admin2, province_state, country_region, last_update, latitude:number, longitude:number, "
         "confirmed:count, deaths:count, recovered:count, active:count, combined_key"),
    ),
    "enigma_jhu_timeseries": ("The same as a series of days", f"uid, fips, iso2, iso3, code3, {_JHU}"),
    "tableau_jhu": (
        "Johns Hopkins' counts, one row for each kind of case",
        ("case_type, cases:count, difference:count, date, country_region, province_state, admin2, combined_key, fips, "
         "lat:number, long:number"),
    ),
    "tableau_covid_datahub": (
        "Tableau's data hub, by county or country",
        ("country_short_name, country_alpha_3_code, country_alpha_2_code, continent_name, province_state_name, "
         "county_name, county_fips_number, people_positive_cases_count:count, report_date, data_source_name, "
         "people_death_new_count:count, people_positive_new_cases_count:count, people_death_count:count"),
    ),
    "nytimes_counties": (
        "The New York Times, by county and day",
        "date, county, state, fips, cases:count, deaths:count",
    ),
    "nytimes_states": ("The New York Times, by state and day", "date, state, fips, cases:count, deaths:count"),
    "covid_testing_us_daily": ("Tests in the United States, by day", f"date, {_TESTS}, {_RISES}"),
    "covid_testing_us_total": ("Tests in the United States to date", f"{_TESTS}, totalTestResults:count"),
    "covid_testing_states_daily": ("Tests by state and day", f"date, state, {_TESTS}, {_RISES}"),
    "hospital_beds": (
        "Hospitals in the United States and their beds",
        ("objectid:count, hospital_name, hospital_type, hq_address, hq_address1, hq_city, hq_state, hq_zip_code, "
         "county_name, state_name, state_fips, cnty_fips, fips, num_licensed_beds:count, num_staffed_beds:count, "
         "num_icu_beds:count, bed_utilization:number, potential_increase_in_bed_capac:count, latitude:number, "
         "longtitude:number"),
    ),
    "world_cases_deaths_testing": (
        "Our World in Data, by country and day",
        ("iso_code, location, date, total_cases:count, new_cases:count, total_deaths:count, new_deaths:count, "
         "total_cases_per_million:number, new_cases_per_million:number, total_deaths_per_million:number, "
         "new_deaths_per_million:number, total_tests:count, new_tests:count, total_tests_per_thousand:number, "
         "new_tests_per_thousand:number, tests_units"),
    ),
    "owid_world_vaccinations": (
        "Our World in Data, vaccinations by country and day",
        f"country, iso_code, date, {_VACCINATED}",
    ),
    "owid_us_state_vaccinations": ("Vaccinations by state and day", f"date, location, {_VACCINATED}"),
    "owid_world_vaccinations_by_manufacturer": (
        "Doses by vaccine",
        "location, date, vaccine, total_vaccinations:count",
    ),
    "cdc_pfizer_vaccine_distribution": ("Doses of Pfizer's allocated by week", _ALLOCATED),
    "cdc_moderna_vaccine_distribution": ("Doses of Moderna's allocated by week", _ALLOCATED),
    "enigma_aggregation_global": (
        "Several sources joined, everywhere",
        f"country_name, country_iso3, state_name, state_fips, county_name, county_fips, {_AGGREGATED}",
    ),
    "enigma_aggregation_global_countries": ("The same by country", f"country_name, country_iso3, {_AGGREGATED}"),
    "enigma_aggregation_us_states": ("The same by state", f"state_fips, state_name, {_AGGREGATED}"),
    "enigma_aggregation_us_counties": (
        "The same by county",
        f"county_fips, county_name, state_name, state_fips, {_AGGREGATED}",
    ),
    "covidcast_data": (
        "Carnegie Mellon's signals; the day as a number, 20200401",
        ("data_source, signal, geo_type, time_value:count, geo_value, direction:number, value:number, stderr:number, "
         "sample_size:number"),
    ),
    "prediction_models_county_predictions": (
        "Predicted deaths by county",
        "countyfips, countyname, statename, severity_county_5-day:number, predicted_date, predicted_deaths:number",
    ),
    "prediction_models_severity_index": ("Severity of hospitals' load", f"hospital_name, cnty_fips, {_SEVERITIES}"),
    "country_codes": (
        "Countries and their codes",
        "Country, Alpha-2 code, Alpha-3 code, Numeric code, Latitude:number, Longitude:number",
    ),
    "county_populations": ("People by county", "Id, Id2, County, State, Population Estimate 2018:count"),
    "us_state_abbreviations": ("States and their two letters", "State, Abbreviation"),
}
# fmt: on
# Where the tables lie in the lake's bucket, as the CloudFormation stack names their locations; what was moved since is
# named by its new place. A table that isn't here comes as a file.
FOLDERS = {
    "archived/enigma-jhu/json/": "enigma_jhu",
    "enigma-jhu-timeseries/json/": "enigma_jhu_timeseries",
    "tableau-jhu/json/": "tableau_jhu",
    "tableau-covid-datahub/json/": "tableau_covid_datahub",
    "rearc-covid-19-nyt-data-in-usa/json/us-counties/": "nytimes_counties",
    "rearc-covid-19-nyt-data-in-usa/json/us-states/": "nytimes_states",
    "rearc-covid-19-testing-data/json/us_daily/": "covid_testing_us_daily",
    "rearc-covid-19-testing-data/json/us-total-latest/": "covid_testing_us_total",
    "rearc-covid-19-testing-data/json/states_daily/": "covid_testing_states_daily",
    "rearc-usa-hospital-beds/json/": "hospital_beds",
    "rearc-covid-19-world-cases-deaths-testing/json/": "world_cases_deaths_testing",
    "enigma-aggregation/json/global/": "enigma_aggregation_global",
    "enigma-aggregation/json/global_countries/": "enigma_aggregation_global_countries",
    "enigma-aggregation/json/us_states/": "enigma_aggregation_us_states",
    "enigma-aggregation/json/us_counties/": "enigma_aggregation_us_counties",
    "covidcast/json/data/": "covidcast_data",
    "rearc-covid-19-prediction-models/json/county-predictions/": "prediction_models_county_predictions",
    "rearc-covid-19-prediction-models/json/severity-index/": "prediction_models_severity_index",
    "static-datasets/csv/countrycode/": "country_codes",
    "static-datasets/csv/CountyPopulation/": "county_populations",
    "static-datasets/csv/state-abv/": "us_state_abbreviations",
}


def _column(said: str) -> Column:
    name, _, kind = said.partition(":")
    of: Kind = kind or "text"  # type: ignore[assignment]
    # What the lake has is kept as it is: a count may be a correction.
    return Column(name, of, "", is_needed=True, may_fall=True)


TABLES: dict[str, Table] = {
    name: Table(name, tuple(_column(said) for said in columns.split(", ")), comment=comment)
    for name, (comment, columns) in _TABLES.items()
}
_ISO, _PLAIN = "%Y-%m-%d", "%Y%m%d"
_DOSES = ("total_vaccinations", "people_vaccinated", "people_fully_vaccinated")
# The tables that grow day by day and have a place; the rest are lists, or say the same once more.
WATCHED = (
    Watched(
        "enigma_jhu_timeseries", "uid", "date", ("confirmed", "deaths"), counts=("confirmed", "deaths"), written=_ISO
    ),
    Watched("nytimes_states", "state", "date", ("cases", "deaths"), counts=("cases", "deaths"), written=_ISO),
    Watched("nytimes_counties", "fips", "date", ("cases", "deaths"), counts=("cases", "deaths"), written=_ISO),
    Watched(
        "covid_testing_states_daily", "state", "date", ("positive", "total", "death"),
        counts=("positive", "total", "death"), written=_PLAIN,
    ),
    Watched(
        "world_cases_deaths_testing", "iso_code", "date", ("total_cases", "new_cases", "total_deaths", "total_tests"),
        counts=("total_cases", "total_deaths", "total_tests"), news=("new_cases", "new_deaths"), written=_ISO,
    ),
    Watched("owid_world_vaccinations", "iso_code", "date", _DOSES, counts=_DOSES, written=_ISO),
    Watched("owid_us_state_vaccinations", "location", "date", _DOSES, counts=_DOSES, written=_ISO),
    Watched(
        "enigma_aggregation_global_countries", "country_iso3", "date", ("cases", "deaths", "tests"),
        counts=("cases", "deaths"), written=_ISO,
    ),
    Watched(
        "enigma_aggregation_us_states", "state_fips", "date", ("cases", "deaths", "tests"),
        counts=("cases", "deaths"), written=_ISO,
    ),
)  # fmt: skip
