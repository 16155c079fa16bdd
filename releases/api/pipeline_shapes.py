"""What is answered about pipelines, for the schema: the shapes that pipelines.py makes."""

from rest_framework import serializers

from portal.api.shapes import AtBy, Listing, Shape
from releases.models import GateDecision
from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.standings import Kind


class HeardShape(Shape):
    """What was done with a notice."""

    sentence = serializers.CharField()


class TestsShape(Shape):
    total = serializers.IntegerField()
    passed = serializers.IntegerField()


class ExecutionShape(Shape):
    id = serializers.CharField(help_text="CodePipeline's own.")
    standing = serializers.ChoiceField([(kind.value, kind.value) for kind in Kind])
    sentence = serializers.CharField()
    stage = serializers.CharField(allow_blank=True)
    action = serializers.CharField(allow_blank=True)
    tries = serializers.IntegerField(help_text="More than one is a retry.")
    commit = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
    link = serializers.CharField(allow_blank=True)


class BuildShape(Shape):
    id = serializers.CharField(help_text="CodeBuild's own.")
    status = serializers.CharField(help_text="In CodeBuild's words.")
    number = serializers.IntegerField(allow_null=True)
    release = serializers.CharField(allow_null=True)
    commit = serializers.CharField(allow_blank=True)
    image = serializers.CharField(allow_blank=True, help_text="Its digest.")
    tests = TestsShape(allow_null=True)
    log = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True, help_text="Why it failed, or why it has no release.")
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    execution = ExecutionShape(allow_null=True)


class GateDecisionShape(Shape):
    environment = serializers.CharField()
    rollout = serializers.IntegerField(allow_null=True)
    decision = serializers.ChoiceField([(one.value, one.value) for one in Decision])
    origin = serializers.ChoiceField(GateDecision.Origin.choices)
    decided = AtBy()
    outcome = serializers.ChoiceField(GateDecision.Outcome.choices, allow_null=True)
    sentence = serializers.CharField(allow_blank=True)


class Provenance(Shape):
    """How a release was made: it never changes, what is known of its making may grow."""

    release = serializers.IntegerField()
    builds = BuildShape(many=True)
    decisions = GateDecisionShape(many=True)


class PipelineShape(Shape):
    id = serializers.IntegerField()
    service = serializers.CharField()
    kind = serializers.CharField()
    region = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    project = serializers.CharField(allow_blank=True)
    looked_at = serializers.DateTimeField(allow_null=True)
    trouble = serializers.CharField(allow_blank=True)
    executions = ExecutionShape(many=True, help_text="The newest, newest first.")


class PipelineList(Listing):
    results = PipelineShape(many=True)
