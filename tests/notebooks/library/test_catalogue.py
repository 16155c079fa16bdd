"""The catalogue, as a person lists it in a notebook."""

import covid
import pytest

from analytics.operations import catalogue
from portal import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("kernel")]


def test_tables_and_their_columns_are_listed():
    catalogue.refresh("duckdb", now=clock.now())
    assert {"covid-cases"} == set(covid.catalog().dataset)
    assert "new_cases" in set(covid.table("covid-cases.measures").name)
    with pytest.raises(covid.CovidError, match="names no dataset"):
        covid.table("measures")
