"""The ledger's rows. Written by `ledger.append` alone; triggers in the database refuse every change of a row."""

from django.db import models


class Event(models.Model):
    """One thing that changed something: who, what, from, to, why, when."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    actor_kind = models.CharField(max_length=16)
    actor_user_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=40)
    service = models.CharField(max_length=80, blank=True)
    environment = models.CharField(max_length=80, blank=True)
    release = models.CharField(max_length=80, blank=True)
    rollout_id = models.BigIntegerField(null=True)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    sentence = models.TextField(blank=True)
    previous_seal = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]
        indexes = [
            models.Index(fields=["rollout_id", "sequence"], name="event_of_rollout"),
            models.Index(fields=["service", "environment", "sequence"], name="event_of_environment"),
            models.Index(fields=["verb", "sequence"], name="event_of_verb"),
            models.Index(fields=["actor", "sequence"], name="event_of_actor"),
        ]


class Head(models.Model):
    """The ledger's end: one row. Locking it is what orders all writers; it betrays rows cut off at the end."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    seal = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_has_one_head")]
