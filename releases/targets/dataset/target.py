"""The target whose two slots are snapshots of a dataset: a promotion moves the pointer that readers follow."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from releases.rules.foresight import Foresight, PlannedCall
from releases.rules.observation import Capabilities, Health, Observation
from releases.targets.base import Artifact, Ref, TargetError
from releases.targets.dataset.config import DatasetConfig
from releases.targets.dataset.shelf import Note, Shelf, ShelfError
from releases.targets.dataset.slots import Slot, Slots

CAN = Capabilities(
    weights=(100,),
    pace="all readers at once",
    start_limit_s=60.0,
)
SERVE = "dataset:serve"


class Dataset:
    """One dataset's environment. What serves is what the pointer leads to, whatever the slots say."""

    def __init__(self, name: str, config: DatasetConfig, shelf: Shelf) -> None:
        self.name = name
        self.config = config
        self.shelf = shelf

    @property
    def can(self) -> Capabilities:
        """All at once: a page that mixed two revisions of the data would be wrong in a way nobody sees."""
        return replace(CAN, call_limit_s=self.shelf.call_limit_s, rollback_s=self.shelf.move_s)

    def observe(self, ref: Ref | None) -> Observation:
        """Will say what the pointer leads to. Raises TargetError."""
        with self._held() as (slots, _):
            serving = self.shelf.serving()
            if ref is None:
                return self._look(slots, slots.green, slots.blue, self._seen(slots, serving, is_idle=True))
            slot = slots.holder(ref.outside_id)
            if slot is None:
                return Observation(Health.ABSENT, 0, 0, self._health(slots.blue))
            seen = self._seen(slots, serving, is_idle=False)
            if slot is slots.blue:
                turned = replace(slots, asked=100 - slots.asked)
                return self._look(turned, slot, slots.other, 100 - seen)
            return self._look(slots, slot, slots.blue, seen)

    def start(self, artifact: Artifact, token: str) -> Ref:
        """Will put a snapshot that is on the shelf beside blue.

        Raises TargetError, permanent, for one that isn't there or can't serve, and while the idle slot has readers;
        not permanent for one that is on its way.
        """
        revision = _revision(artifact, self.config.dataset)
        with self._held() as (slots, write):
            if slots.holder(token) is not None:
                return Ref(token)
            if slots.asked or self._seen(slots, self.shelf.serving(), is_idle=False):
                raise TargetError("side-has-traffic", "The slot that would take green has readers", permanent=True)
            if slots.blue is not None and slots.blue.revision == revision:
                raise TargetError("serves-already", f"Snapshot {revision} serves already", permanent=True)
            pending = self.shelf.pending(revision)
            if pending:
                raise TargetError("snapshot-on-its-way", pending, permanent=False)
            self._refuse_unfit(revision)
            write(replace(slots, other=Slot(revision, token)))
            self.shelf.show_green(revision)
            return Ref(token)

    def shift(self, ref: Ref, weight: int) -> None:
        """Will lead every reader to green, or to blue. Raises TargetError as the port says."""
        if weight not in (0, *CAN.weights):
            raise TargetError(
                "weight-impossible", f"A dataset serves whole or not at all, not {weight} %", permanent=True
            )
        with self._held() as (slots, write):
            slot = self._holder(slots, ref)
            share = 100 - slots.asked if slot is slots.blue else slots.asked
            if slot.is_finished:
                if weight != share:
                    message = "This rollout is finished; its share can't change"
                    raise TargetError("already-finished", message, permanent=True)
                return
            if weight and self._health(slot) is not Health.HEALTHY:
                raise TargetError("green-not-up", self.shelf.trouble(slot.revision), permanent=False)
            self._lead(replace(slots, asked=weight), write)

    def finish(self, ref: Ref) -> None:
        """Will make green blue; the old blue stays on the shelf. Raises TargetError while green does not serve."""
        with self._held() as (slots, write):
            slot = self._holder(slots, ref)
            if slot.is_finished:
                return
            if slots.asked != 100 or self.shelf.serving() != slot.revision:
                raise TargetError("green-not-whole", "Readers are not all on green yet", permanent=True)
            write(Slots(replace(slot, is_finished=True), slots.blue, 0))
            self.shelf.show_green("")

    def abort(self, ref: Ref) -> None:
        """Will lead every reader to blue. Raises TargetError when another release stands where the old blue was."""
        with self._held() as (slots, write):
            slot = slots.holder(ref.outside_id)
            if slot is None or (slot is slots.other and slot.is_finished):
                return
            if slot is slots.blue and slots.green is not None:
                raise TargetError("old-blue-gone", "Another release stands where the old blue was", permanent=True)
            taken = Slots(slots.other, replace(slot, is_finished=False)) if slot is slots.blue else slots
            if self._health(taken.blue) is Health.UNHEALTHY and self._health(taken.green) is Health.HEALTHY:
                raise TargetError("blue-unfit", "Blue can't serve any more, so readers stay on green", permanent=True)
            self._lead(replace(taken, asked=0), write)

    def clean(self, ref: Ref) -> None:
        """Will forget green; its snapshot stays on the shelf. Raises TargetError while it has readers."""
        with self._held() as (slots, write):
            slot = slots.holder(ref.outside_id)
            if slot is None:
                return
            if slot is slots.blue or slots.asked or self.shelf.serving() == slot.revision:
                raise TargetError("green-has-traffic", "It still has readers, so it stays", permanent=True)
            write(replace(slots, other=None))
            self.shelf.show_green("")

    def restore(self) -> None:
        """Will lead the pointer to where it was asked to lead. Raises TargetError."""
        with self._held() as (slots, write):
            self._lead(slots, write)

    def adopt(self) -> None:
        """Will take what the pointer leads to as blue. Raises TargetError, permanent, for what can't serve."""
        with self._held() as (slots, write):
            serving = self.shelf.serving()
            if serving:
                self._refuse_unfit(serving)
            if slots.other is not None and serving == slots.other.revision:
                write(replace(slots, asked=100))
            elif slots.blue is None or serving != slots.blue.revision:
                write(Slots(Slot(serving, "", is_finished=True), slots.blue))

    def foresee(self, ref: Ref, weights: Sequence[int]) -> Foresight:  # noqa: ARG002 - there is one weight
        """Will name the pointer's move, and compare green with blue. Raises TargetError."""
        with self._held() as (slots, _):
            green = self._holder(slots, ref)
        blue = slots.blue.revision if slots.blue else ""
        pointer = f"{self.config.dataset}: from {blue or 'nothing'} to {green.revision}"
        with _told():
            findings = tuple(self.shelf.findings(blue, green.revision))
        return Foresight((PlannedCall(SERVE, pointer),), findings)

    def _refuse_unfit(self, revision: str) -> None:
        trouble = self.shelf.trouble(revision)
        if trouble:
            raise TargetError("snapshot-unfit", trouble, permanent=True)

    def _lead(self, slots: Slots, write: Callable[[Slots], None]) -> None:
        # What is asked is written first: after a crash in between the next look sees that it isn't so yet.
        write(slots)
        if self.shelf.serving() != slots.wanted:
            self.shelf.serve(slots.wanted)

    def _look(self, slots: Slots, green: Slot | None, blue: Slot | None, seen: int) -> Observation:
        serving = self.shelf.serving()
        known = {slot.revision for slot in (slots.blue, slots.other) if slot is not None}
        strange = f"The pointer leads to {serving}, which is neither blue nor green" if serving not in known else ""
        trouble = self.shelf.trouble(green.revision) if green else ""
        return Observation(
            green=self._health(green),
            asked=slots.asked,
            seen=seen,
            blue=self._health(blue),
            is_failed=bool(trouble),
            is_finished=green.is_finished if green else False,
            outside_status=f"serves {serving or 'nothing'}",
            preview_url=self._preview(slots) if green is not None and green is slots.green else "",
            message=trouble or (strange if serving else ""),
        )

    def _preview(self, slots: Slots) -> str:
        green = slots.green.revision if slots.green else ""
        blue = slots.blue.revision if slots.blue else ""
        return f"{self.config.pages}{self.config.dataset}/compare/?green={green}&blue={blue}"

    def _seen(self, slots: Slots, serving: str, *, is_idle: bool) -> int:
        if slots.other is not None and serving == slots.other.revision:
            return 100
        is_blue = serving == (slots.blue.revision if slots.blue else "")
        # Between rollouts whatever is not blue has taken blue's readers; within one it is not green's doing.
        return 100 if is_idle and not is_blue else 0

    def _health(self, slot: Slot | None) -> Health:
        if slot is None:
            return Health.ABSENT
        return Health.UNHEALTHY if self.shelf.trouble(slot.revision) else Health.HEALTHY

    def _holder(self, slots: Slots, ref: Ref) -> Slot:
        slot = slots.holder(ref.outside_id)
        if slot is None:
            raise TargetError("rollout-unknown", "No snapshot of this rollout is here", permanent=True)
        return slot

    @contextmanager
    def _held(self) -> Iterator[tuple[Slots, Callable[[Slots], None]]]:
        with _told(), self.shelf.kept() as note:
            yield self._remembered(note), note.write

    def _remembered(self, note: Note) -> Slots:
        if note.slots is not None:
            return note.slots
        # The first snapshot was put there before anybody released it.
        serving = self.shelf.serving()
        return Slots(Slot(serving, "", is_finished=True) if serving else None)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ShelfError as error:
        raise TargetError(error.code, str(error), permanent=error.is_permanent) from error


def _revision(artifact: Artifact, dataset: str) -> str:
    """A dataset's artifact is `dataset/revision@sha256:…`."""
    name, _, _ = artifact.image.partition("@")
    owner, _, revision = name.rpartition("/")
    if owner != dataset or not revision:
        message = f"{artifact.version} is no snapshot of {dataset}: its artifact is {artifact.image or 'empty'}"
        raise TargetError("artifact-wrong", message, permanent=True)
    return revision
