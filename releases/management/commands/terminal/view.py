"""A rollout as lines of text. Words stand beside every mark, for a bar alone says nothing to who can't see it."""

from dataclasses import dataclass

from releases.models import Rollout
from releases.rules.states import State

WIDTH = 40


@dataclass(frozen=True)
class Marks:
    """What the bar is drawn with."""

    blue: str
    green: str
    asked: str


BLOCKS = Marks("█", "░", "│")
ASCII = Marks("#", "-", "|")


def marks_for(encoding: str | None) -> Marks:
    """Will give marks that a stream of this encoding can carry."""
    try:
        "█░│→".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS


def bar(*, asked: int, seen: int, marks: Marks = BLOCKS) -> str:
    """Will draw who serves: blue from the left, green from the right; a line where green was asked to reach."""
    green = _columns(seen)
    drawn = list(marks.blue * (WIDTH - green) + marks.green * green)
    if asked != seen:
        drawn.insert(WIDTH - _columns(asked), marks.asked)
    return "".join(drawn)


def _columns(percent: int) -> int:
    # One per cent is still somebody: a share that is there is never drawn as nothing, nor as everything.
    return min(max(round(WIDTH * percent / 100), int(percent > 0)), WIDTH - int(percent < 100))


@dataclass(frozen=True)
class View:
    """What is shown of a rollout at one moment."""

    title: str
    state: str
    step: str
    shares: str
    asked: int
    seen: int
    reason: str
    reason_code: str

    @property
    def changed_by(self) -> tuple[object, ...]:
        """What makes a new line where lines can't be redrawn; seconds that pass don't."""
        return (self.state, self.step, self.asked, self.seen, self.reason_code)

    def lines(self, marks: Marks = BLOCKS) -> list[str]:
        """Will give the view as a block."""
        drawn = bar(asked=self.asked, seen=self.seen, marks=marks)
        return [self.title, f"{self.state}{f' · {self.step}' if self.step else ''}", drawn, self.shares, self.reason]

    def line(self) -> str:
        """Will give the view in one line."""
        return " · ".join(part for part in (self.state, self.step, self.shares, self.reason) if part)


def of(rollout: Rollout) -> View:
    """Will make the view of a rollout that has its environment, release, replaces and deployment at hand."""
    deployment = getattr(rollout, "deployment", None)
    asked, seen = (deployment.asked, deployment.seen) if deployment else (0, 0)
    steps = rollout.plan.steps
    is_stepping = rollout.state == State.SHIFTING
    step = f"step {rollout.step_index + 1} of {len(steps)}: {steps[rollout.step_index].weight} %" if is_stepping else ""
    return View(
        title=f"Rollout {rollout.pk}: {rollout.release} to {rollout.environment}",
        state=rollout.state.replace("_", " ") + (f", paused by {rollout.paused_by}" if rollout.paused_at else ""),
        step=step,
        shares=_shares(rollout, asked, seen),
        asked=asked,
        seen=seen,
        reason=rollout.reason_sentence,
        reason_code=rollout.reason_code,
    )


def _shares(rollout: Rollout, asked: int, seen: int) -> str:
    blue = f"blue {rollout.replaces}" if rollout.replaces else "blue (nothing yet)"
    told = f" ({asked} % asked)" if asked != seen else ""
    return f"{blue} {100 - seen} %, green {rollout.release} {seen} %{told}"
