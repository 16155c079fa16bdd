"""What HAProxy counted for blue and green: visitors' requests only, for previews and health checks count elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.sockets.haproxy import Runtime, RuntimeSocketError
from releases.measures.base import MeasureError, Numbers, Slot
from releases.rules.verdict import Reading
from releases.targets.base import TargetError
from releases.targets.onprem import sides
from releases.targets.onprem.config import Side, Site
from releases.targets.onprem.haproxy.config import backend
from releases.targets.onprem.sides import Sides


@dataclass(frozen=True)
class HAProxyMeasure:
    """The numbers of one environment on this machine."""

    site: Site
    runtime: Runtime
    every_s: float = 0.9

    def read(self, *, now: datetime) -> Numbers:
        """Will give requests, 5xx answers and the mean response time of HAProxy's last 1,024 requests.

        An answer that HAProxy gave because no copy could counts as that side's error.
        Raises MeasureError.
        """
        try:
            held = sides.read(self.site.folder)
            rows = {row["pxname"]: row for row in self.runtime.stat() if row["svname"] == "BACKEND"}
        except (TargetError, RuntimeSocketError) as error:
            raise MeasureError(f"{error}.") from error
        readings = {}
        for slot, side in _roles(held).items():
            row = rows.get(backend(self.site, side))
            if row is not None:
                readings[slot] = _reading(row, now)
        return Numbers(readings)


def _roles(held: Sides) -> Mapping[Slot, Side]:
    roles = {Slot.GREEN: held.idle, Slot.BLUE: held.idle.other}
    return {slot: side for slot, side in roles.items() if side in held.held}


def _reading(row: Mapping[str, str], now: datetime) -> Reading:
    try:
        requests, errors, response_ms = int(row["req_tot"]), int(row["hrsp_5xx"]), float(row["rtime"] or 0)
    except ValueError as error:
        raise MeasureError("HAProxy's numbers can't be read.") from error
    return Reading(now, requests, errors, response_ms if requests else None)
