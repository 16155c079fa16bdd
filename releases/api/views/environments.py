"""Environments: what serves, opening a rollout, going back, locks, plan and policy."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from portal import clock
from portal.accounts.permissions import Verb
from portal.api import pages
from portal.api.endpoint import READS, WRITES, described
from portal.api.inputs import PageQuery, read_body, read_query
from releases.api import inputs, representations, shapes
from releases.api.views.endpoint import Endpoint
from releases.models import Environment, Release, Rollout
from releases.operations import environments, locks, rollouts
from releases.operations.refusal import Missing
from releases.rules import policy as policies

TAG = "environments"
OPEN_EXAMPLE = OpenApiExample("A recorded release", value={"release": "1.1.0"}, request_only=True)
PLAN_EXAMPLE = OpenApiExample(
    "A canary",
    value={"plan": {"steps": [{"weight": 10, "wait_s": 60}, {"weight": 100}], "bake_s": 300}},
    request_only=True,
)
POLICY_EXAMPLE = OpenApiExample("Two people approve", value={"policy": {"approvals_needed": 2}}, request_only=True)


class Environments(Endpoint):
    @described(
        "list_environments",
        "List the environments and what serves them",
        tag=TAG,
        parameters=[PageQuery],
        answers={200: shapes.EnvironmentList},
        errors=(400, *READS),
    )
    def get(self, request: Request) -> Response:
        query = read_query(PageQuery, request)
        rows = Environment.objects.select_related("service", "serving", "previous")
        found, before = pages.page_of(rows, query)
        return Response(pages.body_of(request, [representations.environment(row) for row in found], before))


class OneEnvironment(Endpoint):
    verbs: ClassVar = {"GET": Verb.READ, "POST": Verb.OPEN, "PATCH": Verb.CONFIGURE}

    @described(
        "read_environment",
        "Read what serves, what is on its way, what holds it, its plan and policy",
        tag=TAG,
        answers={200: shapes.EnvironmentInFull},
        errors=(404, *READS),
    )
    def get(self, request: Request, service: str, environment: str) -> Response:  # noqa: ARG002 - the framework's
        return self._shown(service, environment)

    @described(
        "open_rollout",
        "Open a rollout of a recorded release",
        tag=TAG,
        request=inputs.OpenInput,
        examples=[OPEN_EXAMPLE],
        answers={201: shapes.RolloutInFull},
        errors=(404, 409, *WRITES),
    )
    def post(self, request: Request, service: str, environment: str) -> Response:
        version = read_body(inputs.OpenInput, request).validated_data["release"]
        row = representations.environment_row(service, environment)
        release_id = _release_id(row, version)
        opened = rollouts.open(environment_id=row.pk, release_id=release_id, by=self.caller, now=clock.now())
        return _opened(opened, self, status.HTTP_201_CREATED)

    @described(
        "configure_environment",
        "Change the plan or the policy",
        description="A rollout without traffic takes the new plan, and its approvals become void.",
        tag=TAG,
        request=inputs.ConfigureInput,
        examples=[PLAN_EXAMPLE, POLICY_EXAMPLE],
        answers={200: shapes.EnvironmentInFull},
        errors=(404, *WRITES),
    )
    def patch(self, request: Request, service: str, environment: str) -> Response:
        given = read_body(inputs.ConfigureInput, request).validated_data
        row = representations.environment_row(service, environment)
        policy = _merged(row, given.get("policy"))
        environments.configure(
            environment_id=row.pk, by=self.caller, now=clock.now(), plan=given.get("plan"), policy=policy
        )
        return self._shown(service, environment)

    def _shown(self, service: str, environment: str) -> Response:
        return _shown(self, service, environment)


class RollBackEnvironment(Endpoint):
    verbs: ClassVar = {"POST": Verb.ROLL_BACK}

    @described(
        "roll_back_environment",
        "Give the environment back to what served before",
        description="A rollout with traffic is rolled back; else the previous release is rolled out at once, "
        "without plan or approval. No freeze, lock, approval or queue stops it.",
        tag=TAG,
        request=inputs.NoteInput,
        answers={200: shapes.RolloutInFull},
        errors=(404, 409, *WRITES),
    )
    def post(self, request: Request, service: str, environment: str) -> Response:
        note = read_body(inputs.NoteInput, request).validated_data["note"]
        row = representations.environment_row(service, environment)
        rollout = environments.roll_back(environment_id=row.pk, by=self.caller, now=clock.now(), note=note)
        return _opened(rollout, self, status.HTTP_200_OK)


class LockEnvironment(Endpoint):
    verbs: ClassVar = {"POST": Verb.LOCK}

    @described(
        "lock_environment",
        "Stop promotions until a person lifts the lock; rollbacks pass",
        description="An environment that is locked already keeps its first reason.",
        tag=TAG,
        request=inputs.LockInput,
        answers={200: shapes.EnvironmentInFull},
        errors=(404, 409, *WRITES),
    )
    def post(self, request: Request, service: str, environment: str) -> Response:
        reason = read_body(inputs.LockInput, request).validated_data["reason"]
        row = representations.environment_row(service, environment)
        locks.lock(environment_id=row.pk, reason=reason, by=self.caller, now=clock.now())
        return _shown(self, service, environment)


class UnlockEnvironment(Endpoint):
    verbs: ClassVar = {"POST": Verb.LIFT_LOCK}

    @described(
        "unlock_environment",
        "Lift the lock; the note says why it is safe again",
        tag=TAG,
        request=inputs.NoteInput,
        answers={200: shapes.EnvironmentInFull},
        errors=(404, 409, *WRITES),
    )
    def post(self, request: Request, service: str, environment: str) -> Response:
        note = read_body(inputs.NoteInput, request).validated_data["note"]
        row = representations.environment_row(service, environment)
        locks.lift(environment_id=row.pk, note=note, by=self.caller, now=clock.now())
        return _shown(self, service, environment)


def _shown(view: Endpoint, service: str, environment: str) -> Response:
    row = representations.environment_row(service, environment)
    return Response(representations.environment_in_full(row, to=view.caller, now=clock.now()))


def _opened(rollout: Rollout, view: Endpoint, answered: int) -> Response:
    shown = representations.rollout_in_full(rollout.pk, to=view.caller, now=clock.now())
    return Response(shown, answered)


def _release_id(row: Environment, version: str) -> int:
    found = Release.objects.filter(service=row.service_id, version=version).values_list("pk", flat=True).first()
    if found is None:
        raise Missing(f"{row.service.slug} has no release {version!r}. Record it with POST /api/v1/releases/ first.")
    return found


def _merged(row: Environment, policy: Any) -> Any:
    """Will fill up what was left out with what holds now; what is no object is left for the rules to refuse."""
    return {**policies.to_json(row.policy), **policy} if isinstance(policy, dict) else policy
