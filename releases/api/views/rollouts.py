"""Rollouts: list, read, and a verb at its own address each."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from portal import clock
from portal.accounts.permissions import Verb
from portal.api import pages
from portal.api.endpoint import READS, WRITES, described
from portal.api.inputs import read_body, read_query
from releases.api import inputs, representations, shapes
from releases.api.views.endpoint import Endpoint
from releases.models import Environment, Rollout
from releases.operations import approvals, rollouts
from releases.operations.refusal import Missing
from releases.rules.states import ACTIVE, ENDED

TAG = "rollouts"


class Rollouts(Endpoint):
    @described(
        "list_rollouts",
        "List the rollouts, newest first",
        tag=TAG,
        parameters=[inputs.RolloutQuery],
        answers={200: shapes.RolloutList},
        errors=(400, 404, *READS),
    )
    def get(self, request: Request) -> Response:
        query = read_query(inputs.RolloutQuery, request)
        found, before = pages.page_of(_rows(query), query)
        return Response(pages.body_of(request, [representations.rollout(row) for row in found], before))


class OneRollout(Endpoint):
    @described(
        "read_rollout",
        "Read a rollout, with its plan, approvals, and what stands against each verb",
        tag=TAG,
        answers={200: shapes.RolloutInFull},
        errors=(404, *READS),
    )
    def get(self, request: Request, rollout_id: int) -> Response:  # noqa: ARG002 - the framework's signature
        return Response(representations.rollout_in_full(rollout_id, to=self.caller, now=clock.now()))


class Say(Endpoint):
    """Says one verb of one rollout, and shows what became of the rollout."""

    operation: ClassVar[Callable[..., Rollout]]
    note_name: ClassVar[str] = "note"

    def say(self, request: Request, rollout_id: int) -> Response:
        note = read_body(inputs.NoteInput, request).validated_data["note"]
        self.operation(rollout_id=rollout_id, by=self.caller, now=clock.now(), **{self.note_name: note})
        # Read again: a rollback has been driven by now.
        return Response(representations.rollout_in_full(rollout_id, to=self.caller, now=clock.now()))


def _saying(verb: Verb, operation: Callable[..., Rollout], summary: str, **more: Any) -> type[Say]:
    """Will make the view of one verb: they differ in nothing but the operation and its words."""

    @described(
        f"{verb}_rollout",
        summary,
        tag=TAG,
        request=inputs.NoteInput,
        answers={200: shapes.RolloutInFull},
        errors=(404, 409, *WRITES),
        description=more.pop("description", ""),
    )
    def post(self: Say, request: Request, rollout_id: int) -> Response:
        return self.say(request, rollout_id)

    body = {"verbs": {"POST": verb}, "operation": staticmethod(operation), "post": post, "__module__": __name__, **more}
    return type(f"{verb.title().replace('_', '')}Rollout", (Say,), body)


SAYING = {
    "approve": _saying(
        Verb.APPROVE,
        approvals.approve,
        "Approve the release for this environment and plan",
        description="The yes is bound to the release's and the plan's digest; a change of either voids it.",
        note_name="comment",
    ),
    "reject": _saying(
        Verb.REJECT,
        approvals.reject,
        "Reject the release; green is taken down",
        description="The note says why.",
        note_name="comment",
    ),
    "promote": _saying(Verb.PROMOTE, rollouts.promote, "Let green take production traffic, by the plan"),
    "pause": _saying(Verb.PAUSE, rollouts.pause, "Stop the timers; a failing green is still rolled back"),
    "resume": _saying(Verb.RESUME, rollouts.resume, "Let the timers go on"),
    "skip": _saying(Verb.SKIP, rollouts.skip, "Skip the rest of the steps, or of the bake"),
    "cancel": _saying(Verb.CANCEL, rollouts.cancel, "Cancel a rollout that has not started"),
    "rollback": _saying(
        Verb.ROLL_BACK,
        rollouts.roll_back,
        "Give all traffic back to blue",
        description="No freeze, lock or approval is asked, and no queue is needed.",
    ),
    "retry": _saying(Verb.RETRY, rollouts.retry, "Try a failed rollback again"),
    "resolve": _saying(
        Verb.RESOLVE,
        rollouts.resolve,
        "End a failed rollback that was put right by hand",
        description="The note says what was seen and done.",
    ),
}


def _rows(query: Any) -> QuerySet[Rollout]:
    rows = representations.rollouts()
    if "service" in query or "environment" in query:
        rows = rows.filter(environment__in=_environments(query))
    if "state" in query:
        rows = rows.filter(state=query["state"])
        # Says what the state says already, so that the small index of what has not ended is used.
        rows = rows if query["state"] in ENDED else rows.filter(ended_at=None)
    if "active" in query:
        active = Q(ended_at=None, state__in=sorted(ACTIVE))
        rows = rows.filter(active if query["active"] else ~active)
    return rows


def _environments(query: Any) -> list[int]:
    names = {"service": "service__slug", "environment": "name"}
    named = {names[name]: query[name] for name in names if name in query}
    found = list(Environment.objects.filter(**named).order_by("pk").values_list("pk", flat=True))
    if not found:
        raise Missing(f"There is no environment {'/'.join(named.values())}. GET /api/v1/environments/ lists them.")
    return found
