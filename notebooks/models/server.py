"""Notebook servers that run, and the tickets that open them."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models

from portal.accounts.models import Token


class Server(models.Model):
    """One person's JupyterLab in one slot. The row is the claim: whoever has it has the slot, until it is deleted.

    `token` is what its code asks the data with now. `seen_at` is when its browser last asked for anything.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notebook_server")
    slot = models.PositiveSmallIntegerField(unique=True)
    token = models.OneToOneField(Token, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class Ticket(models.Model):
    """Lets one session into one server, as long as both last. Only the SHA-256 is kept, in HAProxy's spelling."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="tickets")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "session"], name="ticket_once_per_server_and_session")]
