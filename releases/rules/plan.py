"""A plan: the steps by which green gets its traffic. All-at-once, canary and linear are ways to make one."""

import hashlib
import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

MAX_STEPS = 20
MAX_WAIT_S = 7 * 24 * 3600


class PlanError(ValueError):
    """The plan can't be followed; the message says why."""


@dataclass(frozen=True)
class Step:
    """`weight` per cent for green, held for at least `wait_s` seconds; `is_analysed` steps need a PASS to end."""

    weight: int
    wait_s: int = 0
    is_analysed: bool = True


@dataclass(frozen=True)
class Plan:
    """Steps with rising weights, the last of them 100, and then `bake_s` seconds with blue still warm."""

    steps: tuple[Step, ...]
    bake_s: int = 0

    def __post_init__(self) -> None:
        problem = _problem_with(self)
        if problem:
            raise PlanError(problem)

    @property
    def digest(self) -> str:
        """What an approval is bound to: any change of a step or the bake gives another one."""
        text = json.dumps(to_json(self), sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def sentence(self) -> str:
        weights = " → ".join(f"{step.weight} %" for step in self.steps)
        return f"{weights}, bake {self.bake_s} s" if self.bake_s else weights


def _problem_with(plan: Plan) -> str:
    weights = [step.weight for step in plan.steps]
    if not weights:
        return "A plan needs at least one step."
    if len(weights) > MAX_STEPS:
        return f"A plan has at most {MAX_STEPS} steps; this one has {len(weights)}."
    if any(not 1 <= weight <= 100 for weight in weights):
        return f"Each step's weight is a whole per cent from 1 to 100; these are {weights}."
    if any(later <= earlier for earlier, later in pairwise(weights)):
        return f"The weights must rise from step to step; these are {weights}."
    if weights[-1] != 100:
        return f"The last step must be 100 %; it is {weights[-1]} %."
    waits = [step.wait_s for step in plan.steps] + [plan.bake_s]
    if any(not 0 <= wait <= MAX_WAIT_S for wait in waits):
        return f"A wait is 0 to {MAX_WAIT_S} seconds; these are {waits}."
    return ""


def refuse_weights(plan: Plan, weights: tuple[int, ...]) -> None:
    """Will do nothing if a target that gives only `weights` (empty: any) can follow the plan.

    Raises PlanError naming the shares that it can give.
    """
    wrong = [step.weight for step in plan.steps if weights and step.weight not in weights]
    if wrong:
        given = ", ".join(f"{weight} %" for weight in weights)
        raise PlanError(f"This target gives green {given} only; the plan has a step of {wrong[0]} %.")


def all_at_once(*, bake_s: int = 0, is_analysed: bool = False) -> Plan:
    """Will make the plan that gives green everything in one step."""
    return Plan((Step(100, 0, is_analysed),), bake_s)


def canary(*, weight: int, wait_s: int, bake_s: int = 0) -> Plan:
    """Will make the plan with one small step and then everything."""
    return Plan((Step(weight, wait_s), Step(100, 0, is_analysed=False)), bake_s)


def linear(*, by: int, wait_s: int, bake_s: int = 0) -> Plan:
    """Will make the plan that adds `by` per cent every `wait_s` seconds."""
    if not 1 <= by <= 100:
        raise PlanError(f"A linear plan adds 1 to 100 per cent at a time, not {by}.")
    weights = [*range(by, 100, by), 100]
    return Plan(tuple(Step(weight, wait_s, weight < 100) for weight in weights), bake_s)


def to_json(plan: Plan) -> dict[str, Any]:
    """Will give the plan as the database and the API keep it."""
    return asdict(plan)


def from_json(value: Any) -> Plan:
    """Will read a plan.

    Raises PlanError, with a sentence, for anything that isn't one.
    """
    if not isinstance(value, dict) or not isinstance(value.get("steps"), list | tuple):
        raise PlanError('A plan is {"steps": [{"weight": 10, "wait_s": 60}, …], "bake_s": 300}.')
    unknown = set(value) - {"steps", "bake_s"}
    if unknown:
        raise PlanError(f"A plan has steps and bake_s, not {', '.join(sorted(map(str, unknown)))}.")
    steps = tuple(_step(number, raw) for number, raw in enumerate(value["steps"], start=1))
    return Plan(steps, _whole(value.get("bake_s", 0), "bake_s"))


def _step(number: int, raw: Any) -> Step:
    if not isinstance(raw, dict) or "weight" not in raw:
        raise PlanError(f"Step {number} needs a weight.")
    unknown = set(raw) - {"weight", "wait_s", "is_analysed"}
    if unknown:
        raise PlanError(
            f"Step {number} has weight, wait_s and is_analysed, not {', '.join(sorted(map(str, unknown)))}."
        )
    is_analysed = raw.get("is_analysed", True)
    if not isinstance(is_analysed, bool):
        raise PlanError(f"Step {number}: is_analysed is true or false.")
    name = f"step {number}'s"
    return Step(_whole(raw["weight"], f"{name} weight"), _whole(raw.get("wait_s", 0), f"{name} wait_s"), is_analysed)


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlanError(f"{name} is a whole number, not {value!r}.")
    return value
