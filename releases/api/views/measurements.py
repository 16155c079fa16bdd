"""What was measured of a rollout: blue beside green, look by look."""

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.endpoint import READS, described
from releases.api import shapes
from releases.api.views.endpoint import Endpoint
from releases.models import Measurement, Rollout, SlotReading
from releases.operations.refusal import Missing

# The newest; a look is every few seconds, for each slot.
MOST_READINGS = 20_000


class Measurements(Endpoint):
    @described(
        "list_measurements",
        "Read what was counted of blue and of green, and what each step's checks concluded",
        description=f"`readings` are running totals, the oldest first; a total that falls started again. There are "
        f"at most {MOST_READINGS:,}, the newest.",
        tag="rollouts",
        answers={200: shapes.MeasurementsShape},
        errors=(404, *READS),
    )
    def get(self, request: Request, rollout_id: int) -> Response:  # noqa: ARG002 - the framework's signature
        if not Rollout.objects.filter(pk=rollout_id).exists():
            raise Missing(f"There is no rollout {rollout_id}. GET /api/v1/rollouts/ lists what there is.")
        checks = Measurement.objects.filter(rollout_id=rollout_id)
        return Response({"readings": _readings(rollout_id), "checks": [_check(row) for row in checks]})


def _readings(rollout_id: int) -> list[dict[str, object]]:
    rows: QuerySet[SlotReading] = SlotReading.objects.filter(rollout_id=rollout_id).order_by("-id")
    names = ("slot", "at", "requests", "errors", "response_ms")
    return [
        {"step": row.step_index, **{name: getattr(row, name) for name in names}}
        for row in reversed(rows[:MOST_READINGS])
    ]


def _check(row: Measurement) -> dict[str, object]:
    names = ("measure", "unit", "blue", "green", "verdict", "sentence", "measured_at")
    return {"step": row.step_index, **{name: getattr(row, name) for name in names}}
