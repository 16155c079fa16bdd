"""`vaccinations`: Our World in Data's own file of doses, which goes further than the complete one."""

from analytics.rules.datasets.tables import Column, Table, once

TABLE = Table(
    "vaccinations",
    (
        Column("location", "text", "the place's name", is_needed=True, must_stand=True),
        Column(
            "iso_code", "text", "ISO 3166-1 alpha-3, or OWID_ and three letters", is_needed=True,
            pattern="[A-Z]{3}|OWID_[A-Z0-9]{3}", pattern_said="isn't a country code of three capital letters",
        ),
        Column("date", "day", "the day of the report", is_needed=True, must_stand=True),
        Column("total_vaccinations", "count", "doses given to date", is_needed=True, most=1e11),
        Column("people_vaccinated", "count", "people with at least one dose"),
        Column("people_fully_vaccinated", "count", "people with all doses of the first course"),
        Column("total_boosters", "count", "booster doses to date", most=1e11),
        Column("daily_vaccinations_raw", "count", "doses of the day as reported", may_fall=True, most=1e11),
        Column("daily_vaccinations", "count", "doses of the day, 7-day mean", may_fall=True, most=1e11),
        Column("total_vaccinations_per_hundred", "number", "doses for each hundred people"),
        Column("people_vaccinated_per_hundred", "number", "people with a dose, for each hundred"),
        Column("people_fully_vaccinated_per_hundred", "number", "people with all doses, for each hundred"),
        Column("total_boosters_per_hundred", "number", "boosters for each hundred people"),
        Column("daily_vaccinations_per_million", "number", "7-day mean of doses for each million people"),
        Column("daily_people_vaccinated", "count", "people with a first dose, 7-day mean", may_fall=True),
        Column("daily_people_vaccinated_per_hundred", "number", "the same for each hundred people"),
    ),
    "iso_code",
    "date",
    "Doses and people by place and day, as published",
    rules=(once("iso_code", day="date"),),
)  # fmt: skip
