"""What is kept of notices: those that nobody could read, and which were heard already."""

from django.db import models


class SetAside(models.Model):
    """A notice that could not be read, told without its text: that may hold a build's secrets."""

    source = models.CharField(max_length=300)
    notice_id = models.CharField(max_length=100)
    sentence = models.CharField(max_length=500)
    length = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]


class Heard(models.Model):
    """The number of a message of SNS that was heard: it has no second effect while it could still be believed."""

    message_id = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField(db_index=True)
