"""What is answered, for the schema: the shapes that representations.py makes."""

from dataclasses import fields
from typing import Any

from rest_framework import serializers

from portal.accounts.actors import ActorKind
from portal.api.shapes import AtBy, Listing, Refusal, Shape
from releases.models import Approval, Rollout
from releases.rules.plan import MAX_STEPS, MAX_WAIT_S
from releases.rules.policy import OnDrift, Policy
from releases.rules.states import State
from releases.rules.verdict import Verdict


class ReleaseShape(Shape):
    id = serializers.IntegerField()
    service = serializers.CharField()
    version = serializers.CharField()
    digest = serializers.CharField(help_text="Covers commit, artifact and configuration.")
    commit = serializers.CharField()
    artifact = serializers.CharField()
    author = serializers.CharField()
    recorded = AtBy()


class CommitShape(Shape):
    sha = serializers.CharField()
    author = serializers.CharField()
    subject = serializers.CharField()
    at = serializers.DateTimeField()


class Weights(Shape):
    asked = serializers.IntegerField(help_text="Green's share in per cent, as the target was told.")
    seen = serializers.IntegerField(help_text="Green's share in per cent, as the target does it.")


class Position(Shape):
    index = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True)


class Links(Shape):
    page = serializers.CharField()
    preview = serializers.CharField(allow_null=True)


class RolloutShape(Shape):
    id = serializers.IntegerField()
    service = serializers.CharField()
    environment = serializers.CharField()
    release = serializers.CharField()
    replaces = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(Rollout.Kind.choices)
    state = serializers.ChoiceField([(state.value, state.name) for state in State])
    state_since = serializers.DateTimeField()
    reason = Refusal(help_text="Why nothing moves now.")
    paused = AtBy(allow_null=True)
    step = Position()
    weights = Weights()
    opened = AtBy()
    ended_at = serializers.DateTimeField(allow_null=True)
    links = Links()


class ReleaseInFull(ReleaseShape):
    configuration = serializers.DictField(child=serializers.CharField(allow_blank=True))
    changelog = serializers.CharField(allow_blank=True)
    commits = CommitShape(many=True)
    rollouts = RolloutShape(many=True)


class StepShape(Shape):
    weight = serializers.IntegerField(min_value=1, max_value=100)
    wait_s = serializers.IntegerField(min_value=0, max_value=MAX_WAIT_S)
    is_analysed = serializers.BooleanField()


class PlanShape(Shape):
    steps = serializers.ListField(child=StepShape(), max_length=MAX_STEPS)
    bake_s = serializers.IntegerField(min_value=0, max_value=MAX_WAIT_S)


_FIELDS: dict[type, Any] = {
    bool: serializers.BooleanField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    OnDrift: lambda: serializers.ChoiceField([(one.value, one.value) for one in OnDrift]),
}
# Made from the rule, so that the schema knows every demand that the rule knows.
PolicyShape = type("PolicyShape", (Shape,), {field.name: _FIELDS[type(field.default)]() for field in fields(Policy)})


class ApprovalShape(Shape):
    decision = serializers.ChoiceField(Approval.Decision.choices)
    by = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)
    expires_at = serializers.DateTimeField()
    holds = serializers.BooleanField()
    void_reason = serializers.CharField(allow_blank=True)


class CheckShape(Shape):
    measure = serializers.CharField()
    verdict = serializers.ChoiceField([(verdict.value, verdict.name) for verdict in Verdict])
    sentence = serializers.CharField()


class PlannedCallShape(Shape):
    operation = serializers.CharField()
    what = serializers.CharField()


class FindingShape(Shape):
    code = serializers.CharField()
    sentence = serializers.CharField()
    is_good = serializers.BooleanField()
    is_blocking = serializers.BooleanField()


class ForesightShape(Shape):
    calls = PlannedCallShape(many=True)
    findings = FindingShape(many=True)
    foreseen_at = serializers.DateTimeField(allow_null=True)


class May(serializers.DictField):
    """For each verb the reasons against it; an empty list means that the caller may do it now."""

    child = serializers.ListField(child=Refusal())


class RolloutInFull(RolloutShape):
    plan = PlanShape()
    plan_digest = serializers.CharField()
    release_digest = serializers.CharField()
    approvals = ApprovalShape(many=True)
    approvals_needed = serializers.IntegerField()
    checks = CheckShape(many=True)
    foresight = ForesightShape()
    may = May(help_text="For each verb the reasons against it; empty means that the caller may do it now.")


class ReadingShape(Shape):
    step = serializers.IntegerField()
    slot = serializers.CharField()
    at = serializers.DateTimeField()
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # a field; DRF keeps it apart
    response_ms = serializers.FloatField(allow_null=True)


class MeasuredShape(CheckShape):
    step = serializers.IntegerField()
    unit = serializers.CharField(allow_blank=True)
    blue = serializers.FloatField(allow_null=True)
    green = serializers.FloatField(allow_null=True)
    measured_at = serializers.DateTimeField()


class MeasurementsShape(Shape):
    readings = ReadingShape(many=True)
    checks = MeasuredShape(many=True)


class Serving(Shape):
    release = serializers.CharField()
    digest = serializers.CharField()
    since = serializers.DateTimeField()


class LockShape(AtBy):
    reason = serializers.CharField()


class FreezeShape(Shape):
    reason = serializers.CharField()
    starts = serializers.CharField()
    ends = serializers.CharField()
    time_zone = serializers.CharField()
    is_weekly = serializers.BooleanField()
    is_everywhere = serializers.BooleanField()
    frozen_until = serializers.DateTimeField(allow_null=True, help_text="The end of the freeze that holds now.")
    set = AtBy()


class EnvironmentShape(Shape):
    service = serializers.CharField()
    environment = serializers.CharField()
    address = serializers.CharField(allow_blank=True)
    target = serializers.CharField()
    serving = Serving(allow_null=True, help_text="What blue is.")
    previous = serializers.CharField(allow_null=True, help_text="What a rollback goes back to.")
    lock = LockShape(allow_null=True)


class EnvironmentInFull(EnvironmentShape):
    under_way = RolloutShape(many=True, help_text="The rollouts that have not ended, oldest first.")
    freezes = FreezeShape(many=True)
    plan = PlanShape()
    policy = PolicyShape()
    may = May(help_text="For each verb the reasons against it; empty means that the caller may do it now.")


class EventShape(Shape):
    sequence = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    actor_kind = serializers.ChoiceField([(kind.value, kind.value) for kind in ActorKind])
    verb = serializers.CharField()
    service = serializers.CharField(allow_blank=True)
    environment = serializers.CharField(allow_blank=True)
    release = serializers.CharField(allow_blank=True)
    rollout = serializers.IntegerField(allow_null=True)
    from_state = serializers.CharField(allow_blank=True)
    to_state = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    seal = serializers.CharField()


class ReleaseList(Listing):
    results = ReleaseShape(many=True)


class RolloutList(Listing):
    results = RolloutShape(many=True)


class EnvironmentList(Listing):
    results = EnvironmentShape(many=True)


class EventList(Listing):
    results = EventShape(many=True)
