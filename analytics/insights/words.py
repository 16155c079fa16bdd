"""Numbers and days as people read them."""

from datetime import date

UNKNOWN = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_THIN = "\N{NARROW NO-BREAK SPACE}"


def whole(value: float | None) -> str:
    """This function will write 1234567.8 as 1,234,568."""
    return UNKNOWN if value is None else f"{value:,.0f}".replace("-", _MINUS)


def exact(value: float | None) -> str:
    """This function will write a count whole, and an average with one or two decimals while it is small."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    if 0 < size < 0.005:
        return "under 0.01"
    decimals = 0 if size >= 100 or isinstance(value, int) or value == 0 else 1 if size >= 1 else 2
    return f"{value:,.{decimals}f}".replace("-", _MINUS)


def short(value: float | None) -> str:
    """This function will write large numbers with a word and three figures: 73.5 million."""
    if value is None:
        return UNKNOWN
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            many = value / size
            decimals = 2 if abs(many) < 10 else 1 if abs(many) < 100 else 0
            return f"{many:,.{decimals}f}".replace("-", _MINUS) + f"\N{NO-BREAK SPACE}{name}"
    return exact(value)


def percent(value: float | None) -> str:
    """This function will write a change with its sign: +8 %."""
    if value is None:
        return UNKNOWN
    rounded = round(value)
    sign = "+" if rounded > 0 else _MINUS if rounded < 0 else "±"
    return f"{sign}{abs(rounded):,}{_THIN}%"


def change(value: float | None) -> str:
    """This function will say a weekly change as words."""
    if value is None:
        return "no comparison with the week before"
    if round(value) == 0:
        return "as many as the week before"
    return f"{abs(round(value)):,}{_THIN}% {'more' if value > 0 else 'fewer'} than the week before"


def day(value: date) -> str:
    """This function will write a day as 16 December 2020."""
    return f"{value.day} {value:%B %Y}"
