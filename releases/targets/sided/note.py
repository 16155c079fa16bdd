"""What a two-sided environment remembers outside the portal: one short text, kept in a tag of what moves the visitors.

A tag's value has at most 256 characters, and a load balancer takes only letters, digits, spaces and _.:/=+-@ in it
(ELBv2 API reference, Tag), so the note is words of that kind: `v=1 blue=a share=30 a=shop-1:… b=shop-2:…`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from math import ceil

from releases.targets.base import Artifact

LONGEST = 256  # the longest marks, shares and ids of changes together stay below it
LONGEST_MARK = 48
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")


class NoteError(ValueError):
    """The text is no note of ours; the message says why."""


class Side(StrEnum):
    """The two halves. Which of them is blue changes with every release."""

    A = "a"
    B = "b"

    @property
    def other(self) -> "Side":
        return Side.B if self is Side.A else Side.A


class Phase(StrEnum):
    """How far a release on a side has come."""

    BROUGHT = "brought"  # green, and we bring it up
    WARM = "warm"  # green, and it was still up from before
    FINISHED = "finished"  # it became blue, or once was


@dataclass(frozen=True)
class Held:
    """The release on a side: its rollout by its token's mark, itself by a fingerprint."""

    mark: str
    print: str
    phase: Phase = Phase.BROUGHT

    @property
    def is_finished(self) -> bool:
        return self.phase is Phase.FINISHED


# What stood at a side before the portal came.
FOUND = Held("found", "0", Phase.FINISHED)


@dataclass(frozen=True)
class Move:
    """The last move: the share that side b had before, when it began, the outside change, when that was in force."""

    was: int
    at: datetime
    change: str = ""
    in_force_at: datetime | None = None


@dataclass(frozen=True)
class Note:
    """What was asked. `share_b` is side b's share in per cent, None before anything was asked."""

    blue: Side | None = None
    share_b: int | None = None
    held: Mapping[Side, Held] = field(default_factory=dict)
    move: Move | None = None

    def share_of(self, side: Side) -> int:
        """Will give what was asked for a side, in per cent."""
        if self.share_b is None:
            return 0
        return self.share_b if side is Side.B else 100 - self.share_b

    def side_of(self, token: str) -> Side | None:
        """Will give the side that holds the rollout's release; None where it is not, or no more."""
        return next((side for side, held in self.held.items() if held.mark == mark_of(token)), None)

    def with_held(self, side: Side, held: Held | None) -> "Note":
        """Will give the note with another release on a side, or with none."""
        rest = {key: one for key, one in self.held.items() if key is not side}
        return replace(self, held={**rest, side: held} if held else rest)


def share_b(side: Side, share: int) -> int:
    """Will give side b's share where `side` has `share`."""
    return share if side is Side.B else 100 - share


def mark_of(token: str) -> str:
    """Will give what stands for a token in a note: itself where it is short and plain."""
    if _PLAIN.fullmatch(token) and len(token) <= LONGEST_MARK:
        return token
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def print_of(artifact: Artifact) -> str:
    """Will give a release's fingerprint; the version counts, for that is what its copies answer."""
    return hashlib.sha256(f"{artifact.digest} {artifact.version}".encode()).hexdigest()[:12]


def write(note: Note) -> str:
    """Will write the note as a tag's value."""
    words = {"v": "1", "blue": note.blue or "-", "share": "-" if note.share_b is None else str(note.share_b)}
    words |= {side: f"{held.mark}:{held.print}:{held.phase}" for side, held in note.held.items()}
    if note.move:
        words |= {"was": str(note.move.was), "at": _seconds(note.move.at)}
        words |= {"change": note.move.change} if note.move.change else {}
        words |= {"sync": _seconds(note.move.in_force_at)} if note.move.in_force_at else {}
    return " ".join(f"{name}={value}" for name, value in words.items())


def read(text: str) -> Note:
    """Will read what `write` wrote.

    Raises NoteError where somebody else changed it.
    """
    try:
        words = dict(word.split("=", 1) for word in text.split())
        if words.pop("v", "") != "1":
            raise NoteError(f"{text!r} is no note of version 1")
        return Note(
            blue=None if words["blue"] == "-" else Side(words["blue"]),
            share_b=None if words["share"] == "-" else _share(words["share"]),
            held={side: _held(words[side]) for side in Side if side in words},
            move=_move(words) if "at" in words else None,
        )
    except (KeyError, ValueError) as error:
        raise NoteError(f"{text!r} can't be read as a note") from error


def _held(text: str) -> Held:
    mark, print_, phase = text.split(":")
    return Held(mark, print_, Phase(phase))


def _move(words: Mapping[str, str]) -> Move:
    in_force_at = _moment(words["sync"]) if "sync" in words else None
    return Move(_share(words["was"]), _moment(words["at"]), words.get("change", ""), in_force_at)


def _share(text: str) -> int:
    share = int(text)
    if not 0 <= share <= 100:
        raise NoteError(f"{text} is no share")
    return share


def _seconds(moment: datetime) -> str:
    # Rounded up: a move is never taken for older than it is.
    return str(ceil(moment.timestamp()))


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(int(text), UTC)
