"""The two-sided target: what is asked stands in a note beside what moves the visitors; what is done is what that says.

Nothing is remembered in the portal, so whoever comes after a crash reads the note, looks, and goes on: the note is
written before the visitors are moved and completed after, and every move names the share that side b is to have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.aws import CALL_LIMIT_S
from releases.rules.foresight import Foresight
from releases.rules.observation import Capabilities, Health, Observation
from releases.targets.base import Artifact, Ref, TargetError
from releases.targets.sided import foresight
from releases.targets.sided import note as notes
from releases.targets.sided.movers.base import Mover, Traffic
from releases.targets.sided.note import FOUND, Held, Move, Note, NoteError, Phase, Side
from releases.targets.sided.places.base import ABSENT, Place, Standing

# A verb makes up to ten calls. One that uses up its tries ends the verb, so hardly ever are more than three slow.
SLOW_CALLS = 3
LONGEST_STATUS = 80


@dataclass(frozen=True)
class View:
    """One look: the note, who gets the visitors, and side b's share as visitors have it."""

    note: Note
    traffic: Traffic
    seen_b: int | None

    def seen(self, side: Side) -> int:
        """Will give the share that visitors give a side, in per cent."""
        return 0 if self.seen_b is None else notes.share_b(side, self.seen_b)

    def has_visitors(self, side: Side) -> bool:
        """Will say whether anybody is at a side, or was sent there."""
        return bool(self.note.share_of(side) or self.seen(side))


@dataclass(frozen=True)
class TwoSided:
    """One environment with two sides. `clock` tells the time by which a move is in force outside."""

    name: str
    mover: Mover
    places: Mapping[Side, Place]
    clock: Callable[[], datetime]

    @property
    def can(self) -> Capabilities:
        """What the mover and both places can do together."""
        own_s = SLOW_CALLS * CALL_LIMIT_S
        return Capabilities(
            weights=self.mover.weights,
            pace="; ".join(sorted({place.pace for place in self.places.values()} - {""})),
            has_preview=any(place.preview_url for place in self.places.values()),
            call_limit_s=own_s + sum(place.call_limit_s for place in self.places.values()),
            start_limit_s=own_s + sum(max(place.start_limit_s, place.call_limit_s) for place in self.places.values()),
            look_every_s=self.mover.look_every_s,
            rollback_s=1.0 + self.mover.slowest_s,
        )

    def observe(self, ref: Ref | None) -> Observation:
        """Will tell who gets the visitors and how both sides do.

        Raises TargetError, permanent where the note is unreadable, or is gone while both sides have visitors.
        """
        view = self._look(ref)
        side = _idle(view) if ref is None else view.note.side_of(_Id.of(ref).token)
        if side is None:
            blue = self._stands(view.note.blue, view, "") if view.note.blue else ABSENT
            return Observation(Health.ABSENT, 0, 0, blue.health, message=_joined(view.traffic.message, blue.message))
        return self._of_side(side, view, ref)

    def _of_side(self, side: Side, view: View, ref: Ref | None) -> Observation:
        held = view.note.held.get(side)
        is_candidate = held is not None and not held.is_finished
        green = self._stands(side, view, _Id.of(ref).inner if ref else "")
        blue = self._stands(side.other, view, "")
        if ref is None and not is_candidate and not view.has_visitors(side):
            green = ABSENT  # what is kept warm is nobody's candidate
        status = f"side {side} {green.health}, side {side.other} {blue.health}"
        return Observation(
            green=green.health,
            asked=view.note.share_of(side),
            seen=view.seen(side),
            blue=blue.health,
            is_failed=green.is_failed,
            is_finished=ref is not None and held is not None and held.is_finished,
            outside_status=status[:LONGEST_STATUS],
            preview_url=self.places[side].preview_url if is_candidate else "",
            message=_joined(view.traffic.message, green.message, blue.message),
            log_tail=green.log_tail if green.health is not Health.HEALTHY else "",
        )

    def start(self, artifact: Artifact, token: str) -> Ref:
        """Will bring `artifact` to the side without visitors, or take it as it is where it is still warm there.

        Raises TargetError, permanent while that side has visitors.
        """
        view = self._look(None)
        note = view.note
        side = note.side_of(token) or _free_side(view)
        before = note.held.get(side)
        held = before
        if held is None or held.mark != notes.mark_of(token):
            print_ = notes.print_of(artifact)
            is_warm = before is not None and before.is_finished and before.print == print_
            held = Held(notes.mark_of(token), print_, Phase.WARM if is_warm else Phase.BROUGHT)
            self._write(note.with_held(side, held))
        inner = self.places[side].bring(artifact, token) if held.phase is Phase.BROUGHT else ""
        return _Id(token, side, inner).ref

    def shift(self, ref: Ref, weight: int) -> None:
        """Will give green `weight` per cent of the visitors.

        Raises TargetError: permanent for an unknown or finished rollout or a weight that can't be; not permanent while
        green is not healthy, or its side still takes it over.
        """
        view = self._look(ref)
        side = self._side_of(ref, view)
        if weight not in (self.mover.weights or range(101)) and weight != 0:
            raise TargetError("weight-impossible", f"{weight} is no share that can be given here", permanent=True)
        asked = view.note.share_of(side)
        if view.note.held[side].is_finished and weight != asked:
            raise TargetError("already-finished", "This rollout is finished; its share can't change", permanent=True)
        if weight > asked:
            inner = _Id.of(ref).inner
            green = self._stands(side, view, inner)
            if green.health is not Health.HEALTHY:
                sentence = (
                    f"Green is {green.health}, so it gets no visitors ({green.message or 'nothing more is known'})"
                )
                raise TargetError("green-not-up", sentence, permanent=False)
            self.places[side].open(inner)
        self._give(view, notes.share_b(side, weight))

    def finish(self, ref: Ref) -> None:
        """Will make green the blue of the next rollout; what stands at the other side stays.

        Raises TargetError, permanent when green does not have all visitors.
        """
        view = self._look(ref)
        side = self._side_of(ref, view)
        held = view.note.held[side]
        if held.is_finished:
            return
        if (view.note.share_of(side), view.seen(side)) != (100, 100):
            raise TargetError("green-not-whole", "Green does not have all visitors yet", permanent=True)
        note = view.note.with_held(side, replace(held, phase=Phase.FINISHED))
        self._write(replace(note, blue=side, move=None))

    def abort(self, ref: Ref) -> None:
        """Will give all visitors to blue; after `finish` the side that was blue before is blue again.

        While blue is down but green is not, blue is started where that can be done from here, and the visitors stay.
        Raises TargetError, permanent when another release stands where the old blue was; not permanent while a blue
        that others run is down.
        """
        view = self._look(ref)
        side = view.note.side_of(_Id.of(ref).token)
        if side is None:
            return
        if side is view.note.blue:
            view = replace(view, note=_unfinished(side, view.note))
        elif view.note.held[side].is_finished:
            return  # an older rollout that is kept warm: it has no visitors to give back
        if view.note.blue and view.has_visitors(side) and self._is_blue_down(side, view, _Id.of(ref).inner):
            self.places[side.other].revive()
            return
        self._give(view, notes.share_b(side, 0))

    def _is_blue_down(self, side: Side, view: View, inner: str) -> bool:
        blue = self._stands(side.other, view, "")
        return blue.health is not Health.HEALTHY and self._stands(side, view, inner).health is Health.HEALTHY

    def clean(self, ref: Ref) -> None:
        """Will forget green, and take it away where we brought it and it has not arrived; what has arrived stays.

        Raises TargetError, permanent while it has visitors.
        """
        view = self._look(ref)
        side = view.note.side_of(_Id.of(ref).token)
        if side is None:
            return
        if side is view.note.blue or view.has_visitors(side):
            raise TargetError("green-has-traffic", "It still has visitors, so it stays", permanent=True)
        self.places[side].drop(_Id.of(ref).inner)
        self._write(replace(view.note.with_held(side, None), move=None))

    def restore(self) -> None:
        """Will give the visitors again as was asked, and start again what is down. Raises TargetError."""
        view = self._look(None)
        if view.note.share_b is not None:
            self._give(view, view.note.share_b)
        for side in view.note.held:
            if self._stands(side, view, "").health is Health.UNHEALTHY:
                self.places[side].revive()

    def adopt(self) -> None:
        """Will take what is done now as what was asked. Raises TargetError."""
        view = self._look(None)
        self._write(replace(view.note, share_b=view.traffic.share_b(view.note.share_b), move=None))

    def foresee(self, ref: Ref, weights: Sequence[int]) -> Foresight:
        """Will list each tag and each move, and how both sides do.

        Raises TargetError, permanent for an unknown rollout.
        """
        view = self._look(ref)
        side = self._side_of(ref, view)
        green = self._stands(side, view, _Id.of(ref).inner)
        blue = self._stands(side.other, view, "")
        moves, checks = self.mover.foresee(side, weights)
        pending = foresight.pending(view.note.move, is_settled=self._is_settled(view.note, view.traffic))
        sides = foresight.of_sides(side, green, blue, self.places)
        return Foresight((*moves, foresight.finish(self.name, side)), (*sides, pending, *checks))

    def _give(self, view: View, share_b: int) -> None:
        """Will move the visitors, and be done where they are there: the note before, its completion after."""
        was = view.traffic.share_b(view.note.share_b)
        if was == share_b == view.note.share_b and view.note.move is None:
            self.mover.move(share_b)  # puts right what a share does not show
            return
        if was != share_b or view.note.share_b != share_b:
            # Where a hand was there first, visitors may still be on the way from what was asked before.
            before = was if was is not None and was != share_b else view.note.share_b
            begun = Move(was=share_b if before is None else before, at=self.clock())
            note = replace(view.note, share_b=share_b, move=begun)
            self._write(note)
            change = self.mover.move(share_b)
            if change:
                self._write(replace(note, move=replace(begun, change=change)))
            return
        self.mover.move(share_b)
        self._note_that_in_force(view.note)

    def _note_that_in_force(self, note: Note) -> None:
        """Visitors' memory counts from when the change was first known to be in force."""
        move = note.move
        if move and move.change and not move.in_force_at and self.mover.is_in_force(move.change):
            self._write(replace(note, move=replace(move, in_force_at=self.clock())))

    def _look(self, ref: Ref | None) -> View:
        traffic = self.mover.look()
        try:
            text = self.mover.read_note()
            note = notes.read(text) if text else _guessed(traffic, _Id.of(ref) if ref else None)
        except NoteError as error:
            sentence = (
                f"The tag that says what was asked of {self.name} was changed: {error}. Put it right or delete it"
            )
            raise TargetError("note-unreadable", sentence, permanent=True) from error
        seen = traffic.share_b(note.share_b)
        if seen is not None and seen == note.share_b and note.move and not self._is_settled(note, traffic):
            seen = note.move.was
        return View(note, traffic, seen)

    def _is_settled(self, note: Note, traffic: Traffic) -> bool:
        """Whether the last move is in force, and everybody has forgotten what was before."""
        move = note.move
        if move is None or not traffic.in_force_s + traffic.memory_s:
            return True
        in_force_at = move.in_force_at or move.at + timedelta(seconds=traffic.in_force_s)
        if self.clock() < in_force_at + timedelta(seconds=traffic.memory_s):
            return False
        return move.in_force_at is not None or not move.change or self.mover.is_in_force(move.change)

    def _stands(self, side: Side, view: View, inner: str) -> Standing:
        return self.places[side].look(inner) if side in view.note.held else ABSENT

    def _side_of(self, ref: Ref, view: View) -> Side:
        side = view.note.side_of(_Id.of(ref).token)
        if side is None:
            raise TargetError("rollout-unknown", "Nothing of this rollout stands here", permanent=True)
        return side

    def _write(self, note: Note) -> None:
        self.mover.write_note(notes.write(note))


@dataclass(frozen=True)
class _Id:
    """What the portal keeps of a rollout: also its side, so that it can be taken back where the note is lost."""

    token: str
    side: Side | None = None
    inner: str = ""  # what the target inside gave

    @classmethod
    def of(cls, ref: Ref) -> "_Id":
        token, _, rest = ref.outside_id.partition("@")
        side, _, inner = rest.partition("/")
        return cls(token, Side(side) if side in set(Side) else None, inner)

    @property
    def ref(self) -> Ref:
        return Ref(f"{self.token}@{self.side}" + (f"/{self.inner}" if self.inner else ""))


def _guessed(traffic: Traffic, known: _Id | None) -> Note:
    """What can be known without a note: before the first release, or after somebody deleted it."""
    share = traffic.share_b(None)
    if known is not None and known.side:
        green = Held(notes.mark_of(known.token), "0", Phase.BROUGHT)
        blue = known.side.other
        return Note(blue, share, {known.side: green, blue: FOUND})
    if share is None:
        return Note()
    if share not in (0, 100):
        sentence = "Both sides have visitors, and the tag that says which of them is blue is gone. Give one side all"
        raise TargetError("note-missing", sentence, permanent=True)
    blue = Side.B if share else Side.A
    return Note(blue, share, {blue: FOUND})


def _idle(view: View) -> Side | None:
    return view.note.blue.other if view.note.blue else None


def _free_side(view: View) -> Side:
    blue = view.note.blue
    if blue is None:
        # Nothing serves yet; a first release that was taken back may have left its visitors at the other side.
        return Side.B if view.has_visitors(Side.A) and not view.has_visitors(Side.B) else Side.A
    if view.has_visitors(blue.other):
        raise TargetError("side-has-traffic", "The side that would take green has visitors", permanent=True)
    return blue.other


def _unfinished(side: Side, note: Note) -> Note:
    other = note.held.get(side.other)
    if other is not None and not other.is_finished:
        raise TargetError("old-blue-gone", "Another release stands where the old blue was", permanent=True)
    green = replace(note.held[side], phase=Phase.BROUGHT)
    return replace(note.with_held(side, green), blue=side.other if other else None)


def _joined(*messages: str) -> str:
    return "; ".join(filter(None, messages))
