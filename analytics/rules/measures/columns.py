"""Every column by its SQL, which columns it is made from, and in which order they can be made."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from analytics.rules.measures.profiles import PROFILES, Profile
from analytics.rules.measures.topics import counts, outbreak, reported, testing, vaccinations
from analytics.rules.measures.topics.expressions import WINDOWS

TOPICS = (counts, outbreak, testing, vaccinations, reported)
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_GIVEN = "given_"


@cache
def definitions(profile: Profile) -> Mapping[str, str]:
    """Will give the SQL of every column of this profile, the steps between among them."""
    made: dict[str, str] = {}
    for topic in TOPICS:
        made |= topic.definitions(profile)
    return MappingProxyType(made)


@cache
def parts(name: str, profile: Profile) -> frozenset[str]:
    """Will give the columns that stand in a column's SQL."""
    known = definitions(profile)
    return frozenset(word for word in _words(known[name]) if word in known and word != name)


@cache
def given(name: str, profile: Profile) -> frozenset[str]:
    """Will give the columns of `days` and `places` that a column is made from at last."""
    words = _words(definitions(profile)[name])
    own = {word.removeprefix(_GIVEN) for word in words if word.startswith(_GIVEN)} | {"population"} & words
    return frozenset(own).union(*(given(part, profile) for part in parts(name, profile)))


def stages(names: Iterable[str], profile: Profile) -> list[list[str]]:
    """Will give the columns to make in each SELECT, one after the other, so that all of these stand there in the end.

    Those with a window are made as early as they can be, so that like ones share a sort; the others as late, so that
    they needn't be carried through it.
    """
    early = {name: _depth(name, profile) for name in _needed(names, profile)}
    users: dict[str, set[str]] = {name: set() for name in early}
    for name in early:
        for part in parts(name, profile):
            users[part].add(name)
    last, at = max(early.values(), default=0), dict[str, int]()
    for name in sorted(early, key=lambda each: -early[each]):
        late = min((at[user] for user in users[name]), default=last + 1) - 1
        at[name] = early[name] if " OVER " in definitions(profile)[name] else late
    made = [name for name in definitions(profile) if name in at]
    return [[name for name in made if at[name] == number] for number in range(1, last + 1)]


@cache
def _depth(name: str, profile: Profile) -> int:
    return 1 + max((_depth(part, profile) for part in parts(name, profile)), default=0)


def _needed(names: Iterable[str], profile: Profile) -> frozenset[str]:
    direct = frozenset(names)
    further = frozenset(part for name in direct for part in parts(name, profile)) - direct
    return direct | _needed(further, profile) if further else direct


def _words(sql: str) -> set[str]:
    words = set(_WORD.findall(sql))
    # A window's rows are chosen by columns too.
    return words.union(*(_WORD.findall(frame) for name, frame in WINDOWS.items() if name in words))


# Every column of `days` that some profile reads.
INPUTS: tuple[str, ...] = tuple(
    sorted(
        frozenset[str]().union(
            *(given(name, profile) for profile in PROFILES.values() for name in definitions(profile))
        )
        - {"population"}
    )
)
