"""docs/measures.md, generated from the catalogue."""

from analytics.rules.measures.catalog import MEASURES
from analytics.rules.measures.measure import EVERY, Measure
from analytics.rules.measures.parity import comparisons, excused
from analytics.rules.measures.profiles import PROFILES

_HEAD = """<!-- Made by `make docs`; edit the code it is made from. -->

# Measures

Every measure that pages, the workbench, notebooks and the parity check know, under Our World in Data's names. Each has
one definition in SQL (`analytics/rules/measures`), which DuckDB and Athena run as it is.

Sources: Our World in Data, [owid/etl](https://github.com/owid/etl/tree/master/etl/steps/data/garden/covid/latest) and
[owid/covid-19-data](https://github.com/owid/covid-19-data); for the reproduction rate Arroyo-Marioli et al.,
PLoS ONE 16(1):e0244474.

"""
_MADE = {"given": "as given", "computed": "SQL", "estimated": "filter"}


def page() -> str:
    """Will give the page as Markdown."""
    topics = dict.fromkeys(measure.topic for measure in MEASURES.values())
    return _HEAD + "\n".join([*_profiles(), *(line for topic in topics for line in _topic(topic)), *_parity()]) + "\n"


def _profiles() -> list[str]:
    lines = [
        "## Profiles",
        "",
        "The definitions changed over time. A snapshot carries the one that its file follows.",
        "",
    ]
    rows = [f"| `{profile.name}` | {profile.says} |" for profile in PROFILES.values()]
    return [*lines, "| profile | says |", "|---|---|", *rows, ""]


def _topic(topic: str) -> list[str]:
    members = [measure for measure in MEASURES.values() if measure.topic == topic]
    lines = [f"## {topic.capitalize()}", ""]
    lines += ["| measure | unit | interval | formula | made from | made by |", "|---|---|---|---|---|---|"]
    lines += [_row(measure) for measure in members]
    lines += ["", *_rules(members), ""]
    return lines


def _row(measure: Measure) -> str:
    interval = measure.interval if measure.window_days is None else f"{measure.interval}, {measure.window_days} days"
    only = "" if measure.profiles == EVERY else f" (only {', '.join(sorted(measure.profiles))})"
    inputs = ", ".join(f"`{name}`" for name in measure.inputs)
    return (
        f"| `{measure.name}` {measure.label}{only} | {measure.unit} | {interval} | {measure.formula} | {inputs}"
        f" | {_MADE[measure.made]} |"
    )


def _rules(members: list[Measure]) -> list[str]:
    rules: dict[tuple[str, str], list[str]] = {}
    for measure in members:
        rules.setdefault((measure.nulls, measure.negatives), []).append(f"`{measure.name}`")
    return [
        f"- {', '.join(names)}. Missing: {nulls}. Negative: {negatives}." for (nulls, negatives), names in rules.items()
    ]


def _parity() -> list[str]:
    lines = ["## Parity", "", "What must equal the published column of the same name, and how nearly.", ""]
    for profile in PROFILES.values():
        rules: dict[tuple[float, str], list[str]] = {}
        for each in comparisons(profile):
            rules.setdefault((each.tolerance, each.why), []).append(f"`{each.measure}`")
        lines += [f"### {profile.name}", ""]
        lines += [f"- to {tolerance:g} ({why}): {', '.join(names)}" for (tolerance, why), names in rules.items()]
        lines += [f"- not compared: `{each.measure}`: {each.why}" for each in excused(profile)]
        lines += [""]
    return lines[:-1]
