"""What the sample consists of: where it runs and, away from this machine, which image each version is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from releases.rules import plan as plans
from releases.rules import policy as policies
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy

PLAN = Plan((Step(10, 15), Step(50, 15), Step(100, 0, is_analysed=False)), bake_s=20)
POLICY = Policy(opens_by_itself=False, min_requests=20, deploy_limit_s=120)


class SampleError(Exception):
    """The file that describes the sample can't be read; the message says why."""


@dataclass(frozen=True)
class Place:
    """One environment of the sample."""

    name: str
    target: str
    config: Mapping[str, Any]
    measure: str
    address: str
    plan: Plan = PLAN
    policy: Policy = POLICY


@dataclass(frozen=True)
class Sample:
    """The environments, and the images by version; without one a version is only a commit."""

    places: tuple[Place, ...]
    images: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> Sample:
    """Will read the sample from JSON: {"places": [{"name", "target", …}], "images": {"1.0.0": "…@sha256:…"}}.

    Raises SampleError for what is none.
    """
    try:
        value = json.loads(path.read_text())
        return Sample(tuple(map(_place, value["places"])), dict(value["images"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SampleError(f"{path.name} describes no sample ({error}).") from None


def _place(value: Mapping[str, Any]) -> Place:
    given = dict(value)
    given["plan"] = plans.from_json(given["plan"])
    given["policy"] = policies.from_json({**policies.to_json(POLICY), **given["policy"]})
    return Place(**given)
