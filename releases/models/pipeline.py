"""What builds a service's releases, as it was seen: its executions, its builds, its gates."""

from django.db import models
from django.db.models import Q

from releases.models.environment import Environment
from releases.models.release import Release
from releases.models.service import Service
from releases.rules.pipelines.standings import Kind, Standing


class PipelineLink(models.Model):
    """Where a service is built. `due_at` asks for a look from then on: the row is the message; while `look_until` is
    not over, somebody looks.

    Builds that ended before `followed_since` are shown, and no release is recorded of them. Notices come by the queue
    at `queue_url`, or from the topic `topic_arn` over HTTPS; without either the poll finds everything a little later.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="pipeline")
    kind = models.CharField(max_length=32, default="codepipeline")
    region = models.CharField(max_length=30)
    role_arn = models.CharField(max_length=300, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=100, blank=True)
    project = models.CharField(max_length=255, blank=True)
    images = models.CharField(max_length=300, blank=True)
    queue_url = models.CharField(max_length=300, blank=True)
    topic_arn = models.CharField(max_length=300, blank=True)
    followed_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    look_until = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True)

    class Meta:
        ordering = ["service__name"]

    def __str__(self) -> str:
        return self.name or self.project


class GateLink(models.Model):
    """The manual approval of a pipeline that is the same decision as the approval of an environment's rollouts."""

    pipeline = models.ForeignKey(PipelineLink, on_delete=models.CASCADE, related_name="gates")
    environment = models.OneToOneField(Environment, on_delete=models.CASCADE, related_name="gate")
    stage = models.CharField(max_length=100)
    action = models.CharField(max_length=100)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "stage", "action"], name="gate_once_per_pipeline"),
        ]


class Execution(models.Model):
    """One run of the pipeline, and where it stands (rules.pipelines.standings)."""

    pipeline = models.ForeignKey(PipelineLink, on_delete=models.CASCADE, related_name="executions")
    outside_id = models.CharField(max_length=64)
    commit = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    standing = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    stage = models.CharField(max_length=100, blank=True)
    action = models.CharField(max_length=100, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    link = models.CharField(max_length=2048, blank=True)
    tries = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "outside_id"], name="execution_once_per_pipeline"),
        ]

    @property
    def sentence(self) -> str:
        return Standing(
            Kind(self.standing), self.stage, self.action, self.since, self.by, self.note, self.link, self.tries
        ).sentence


class Build(models.Model):
    """One build, beside the release that it made: the release never changes, what is known of its making may grow."""

    pipeline = models.ForeignKey(PipelineLink, on_delete=models.CASCADE, related_name="builds")
    outside_id = models.CharField(max_length=300)
    execution = models.ForeignKey(Execution, on_delete=models.SET_NULL, null=True, blank=True, related_name="builds")
    release = models.ForeignKey(Release, on_delete=models.SET_NULL, null=True, blank=True, related_name="builds")
    number = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=20)
    version = models.CharField(max_length=64, blank=True)
    commit = models.CharField(max_length=100, blank=True)
    image = models.CharField(max_length=71, blank=True)
    log_url = models.CharField(max_length=2048, blank=True)
    note = models.TextField(blank=True)
    tests_total = models.PositiveIntegerField(null=True, blank=True)
    tests_passed = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Nothing more is to be learned of it: it is not asked about again.
    is_settled = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "outside_id"], name="build_once_per_pipeline"),
            models.CheckConstraint(
                condition=Q(tests_total__isnull=True, tests_passed__isnull=True)
                | Q(tests_total__isnull=False, tests_passed__isnull=False),
                name="build_tests_have_total_and_passed_or_none",
            ),
        ]

    @property
    def tests_failed(self) -> int:
        return (self.tests_total or 0) - (self.tests_passed or 0)


class GateDecision(models.Model):
    """The one decision about one asking of a gate: written before the gate is answered, or when it was seen decided.

    `outside_id` is the asking's own number (actionExecutionId): a gate that asks again, after a retry or for a newer
    execution, asks for another decision.
    """

    class Origin(models.TextChoices):
        HERE = "here"
        CONSOLE = "console"

    class Outcome(models.TextChoices):
        DONE = "done"
        TAKEN = "taken"
        NOT_COUNTED = "not_counted"
        MOOT = "moot"

    gate = models.ForeignKey(GateLink, on_delete=models.CASCADE, related_name="decisions")
    outside_id = models.CharField(max_length=100)
    execution_id = models.CharField(max_length=64)
    rollout = models.ForeignKey(
        "releases.Rollout", on_delete=models.CASCADE, null=True, blank=True, related_name="gate_decisions"
    )
    decision = models.CharField(max_length=16)
    origin = models.CharField(max_length=8, choices=Origin)
    decided_by = models.CharField(max_length=200)
    summary = models.CharField(max_length=512, blank=True)
    seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    sentence = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gate", "outside_id"], name="gate_decided_once"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="") | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="gate_decision_settled_has_at_and_outcome_or_none",
            ),
        ]
