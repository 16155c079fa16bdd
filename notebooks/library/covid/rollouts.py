"""Rollouts, and what was measured of them: blue beside green."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import door

if TYPE_CHECKING:
    import pandas as pd

ROLLOUTS = "/api/v1/rollouts/"


def rollouts(service: str = "") -> "pd.DataFrame":
    """Will list the newest rollouts, of one service or of all."""
    import pandas as pd  # noqa: PLC0415 - half a second that not every notebook needs

    found = door.get(ROLLOUTS, {"service": service} if service else {})
    return pd.json_normalize(found["results"])


def rollout(number: int) -> Mapping[str, Any]:
    """Will give one rollout in full: its state, its plan, and what its checks concluded. Raises CovidError."""
    found: Mapping[str, Any] = door.get(f"{ROLLOUTS}{number}/")
    return found


def measurements(number: int) -> "pd.DataFrame":
    """Will list what was counted of blue and green: running totals of requests and errors, and the time to answer.

    Rows are looks, with their moment and step; totals may start again at 0. Raises CovidError.
    """
    import pandas as pd  # noqa: PLC0415

    frame = pd.DataFrame(door.get(f"{ROLLOUTS}{number}/measurements/")["readings"])
    return frame.assign(at=pd.to_datetime(frame["at"])) if len(frame) else frame
