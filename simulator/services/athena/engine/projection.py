"""Partition projection: partitions that no catalogue lists, since the table's own properties say which there are.

The properties are those of the user guide, "Partition projection with Amazon Athena"; `injected` isn't simulated.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from simulator.services.athena.engine.failures import SCHEMA, QueryError

Properties = Mapping[str, str]
MOST = 100_000
_LETTERS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_NOW = re.compile(r"NOW\s*(?:([+-])\s*(\d+)\s*(\w+?)S?)?", re.IGNORECASE)
_FIXED = {unit: timedelta(**{f"{unit.lower()}s": 1}) for unit in ("WEEK", "DAY", "HOUR", "MINUTE", "SECOND")}
# Where no interval is given: the finest of these that the format has (user guide, "Date type").
_BY_FORMAT = {"%d": "DAY", "%m": "MONTH"}


def is_on(properties: Properties) -> bool:
    """Will say whether a table's partitions are projected."""
    return properties.get("projection.enabled", "").lower() == "true"


def values(name: str, properties: Properties, *, now: datetime) -> list[str]:
    """Will give the values of the key `name`, as they stand in the paths. Raises QueryError for what is set wrongly."""
    kind = _given(name, "type", properties).lower()
    if kind not in _KINDS:
        raise _wrong(name, f"the simulator projects {', '.join(_KINDS)}, not {kind}")
    return _KINDS[kind](name, properties, now)


def location(template: str, root: str, given: Mapping[str, str]) -> str:
    """Will say where a partition lies: by storage.location.template, or in folders such as year=2020/ of the table."""
    if not template:
        return f"{root.rstrip('/')}/{'/'.join(f'{name}={value}' for name, value in given.items())}/"
    for name, value in given.items():
        template = template.replace(f"${{{name}}}", value)
    return template


def _given(name: str, what: str, properties: Properties, default: str | None = None) -> str:
    found = properties.get(f"projection.{name}.{what}", default)
    if found is None:
        raise _wrong(name, f"projection.{name}.{what} is not set")
    return found


def _wrong(name: str, told: str) -> QueryError:
    return QueryError(f"INVALID_TABLE_PROPERTY: For the projected column '{name}', {told}", SCHEMA)


def _enum(name: str, properties: Properties, _now: datetime) -> list[str]:
    return [one.strip() for one in _given(name, "values", properties).split(",")]


def _integer(name: str, properties: Properties, _now: datetime) -> list[str]:
    first, last = _range(name, properties)
    step, digits = (
        int(_given(name, what, properties, default)) for what, default in (("interval", "1"), ("digits", "0"))
    )
    try:
        numbers = range(int(first), int(last) + 1, step)
    except ValueError:
        raise _wrong(name, f"projection.{name}.range or interval is none of whole numbers") from None
    return [f"{one:0{digits}d}" for one in numbers[:MOST]]


def _date(name: str, properties: Properties, now: datetime) -> list[str]:
    pattern = _pattern(_given(name, "format", properties))
    unit = _given(name, "interval.unit", properties, _unit_of(pattern)).upper().removesuffix("S")
    step = int(_given(name, "interval", properties, "1" if unit else None))
    if unit not in {*_FIXED, "MONTH", "YEAR"} or step < 1:
        raise _wrong(name, f"projection.{name}.interval.unit {unit or '(none)'} with interval {step} is no step")
    try:
        at, last = (_moment(one, pattern, now) for one in _range(name, properties))
    except ValueError as error:
        raise _wrong(name, f"projection.{name}.range can't be read by its format ({error})") from None
    found: list[str] = []
    while at <= last and len(found) < MOST:
        found.append(at.strftime(pattern))
        at = _moved(at, unit, step)
    return found


def _range(name: str, properties: Properties) -> tuple[str, str]:
    ends = [one.strip() for one in _given(name, "range", properties).split(",")]
    if len(ends) != 2:
        raise _wrong(name, f"projection.{name}.range is two values with a comma between them")
    return ends[0], ends[1]


def _pattern(java: str) -> str:
    """Java's DateTimeFormatter, as far as dates in paths have it, for strftime: what stands in quotes is itself."""
    return "".join(
        quoted or _LETTERS.get(letters, "") or other
        for quoted, letters, other in re.findall(r"'([^']*)'|(yyyy|MM|dd|HH|mm|ss)|(.)", java)
    )


def _unit_of(pattern: str) -> str:
    return next((unit for letter, unit in _BY_FORMAT.items() if letter in pattern), "")


def _moment(said: str, pattern: str, now: datetime) -> datetime:
    found = _NOW.fullmatch(said)
    if found is None:
        return datetime.strptime(said, pattern).replace(tzinfo=UTC)
    # A day that has begun is projected, whatever the hour.
    start = datetime.strptime(now.strftime(pattern), pattern).replace(tzinfo=UTC)
    sign, count, unit = found.groups()
    return _moved(start, unit.upper(), int(f"{sign}{count}")) if unit else start


def _moved(at: datetime, unit: str, count: int) -> datetime:
    if unit in _FIXED:
        return at + count * _FIXED[unit]
    months = at.year * 12 + at.month - 1 + count * (12 if unit == "YEAR" else 1)
    return at.replace(year=months // 12, month=months % 12 + 1, day=1 if unit == "MONTH" else at.day)


_KINDS: Mapping[str, Callable[[str, Properties, datetime], list[str]]] = {
    "enum": _enum,
    "integer": _integer,
    "date": _date,
}
