"""Which requests fail when a release is made to fail, to try a rollback."""


def is_chosen(number: int, percent: float) -> bool:
    """This function will choose exactly `percent` of the requests numbered 1, 2, 3, …, spread evenly."""
    return int(number * percent / 100) > int((number - 1) * percent / 100)
