"""What is taken as it is reported: hospitals, excess mortality, the published reproduction rate, policy."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analytics.rules.measures.measure import SUFFIXES, Measure
from analytics.rules.measures.profiles import Profile
from analytics.rules.measures.topics.expressions import relative

HOSPITAL: Mapping[str, str] = MappingProxyType(
    {
        "hosp_patients": "Patients in hospital",
        "icu_patients": "Patients in intensive care",
        "weekly_hosp_admissions": "Weekly hospital admissions",
        "weekly_icu_admissions": "Weekly admissions to intensive care",
    }
)
_BASELINE = (
    "the baseline is Karlinsky and Kobak's projection from 2015 to 2019; given by week or month, at its last day"
)
_NEGATIVE_EXCESS = "negative where fewer people died than expected"
_NULLS = "NULL where nothing is reported"


def measures() -> Iterator[Measure]:
    """Will give the measures that the source computes, and what they are related to the people."""
    for name, label in HOSPITAL.items():
        absolute = Measure(
            name, label, "people", "hospital", "as reported", family=name,
            interval="weekly" if name.startswith("weekly") else "daily", nulls=_NULLS, negatives="as reported",
        )  # fmt: skip
        yield absolute
        yield absolute.related("per million")
    yield from _excess()
    yield Measure(
        "reproduction_rate", "Reproduction rate, published", "people infected by one", "reproduction",
        "as published: Arroyo-Marioli et al., PLoS ONE 16(1):e0244474, infectious for 7 days", nulls=_NULLS,
        negatives="none: it is cut at 0", decimals=2,
    )  # fmt: skip
    yield Measure(
        "stringency_index", "Stringency of measures", "from 0 to 100", "policy",
        "as published: Oxford COVID-19 Government Response Tracker", nulls=_NULLS, negatives="none", decimals=1,
    )  # fmt: skip


def definitions(profile: Profile) -> dict[str, str]:
    """Will give the SQL of each column."""
    given = {measure.name: f"given_{measure.name}" for measure in measures() if not measure.relative}
    return (
        given
        | {f"{name}{SUFFIXES['per million']}": relative(name, "per million", profile.decimals) for name in HOSPITAL}
        | {
            "excess_mortality_cumulative_per_million": relative(
                "excess_mortality_cumulative_absolute", "per million", None
            )
        }
    )


def _excess() -> Iterator[Measure]:
    yield Measure(
        "excess_mortality", "Excess mortality, P-score", "%", "excess",
        f"as published: 100 * (deaths - baseline) / baseline; {_BASELINE}", family="excess_mortality",
        interval="weekly", nulls=_NULLS, negatives=_NEGATIVE_EXCESS, decimals=1,
    )  # fmt: skip
    yield Measure(
        "excess_mortality_cumulative", "Excess mortality since 2020, P-score", "%", "excess",
        f"as published: 100 * Σ(deaths - baseline) / Σ baseline; {_BASELINE}", family="excess_mortality",
        interval="cumulative", nulls=_NULLS, negatives=_NEGATIVE_EXCESS, decimals=1,
    )  # fmt: skip
    absolute = Measure(
        "excess_mortality_cumulative_absolute", "Excess deaths since 2020", "deaths", "excess",
        f"as published: Σ(deaths - baseline); {_BASELINE}", family="excess_deaths", interval="cumulative",
        nulls=_NULLS, negatives=_NEGATIVE_EXCESS,
    )  # fmt: skip
    yield absolute
    yield absolute.named("excess_mortality_cumulative_per_million", "per million")
