"""What may be sent: bodies and query parameters, with nothing unknown and nothing of the wrong kind."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from portal.api.inputs import PageQuery, Strict, Text, Whole, kind_of
from releases.operations.releases import MOST_COMMITS, Recording
from releases.repositories.base import Commit
from releases.rules import digests
from releases.rules.states import State

LONGEST_NOTE = 2_000
LONGEST_CHANGELOG = 100_000


class CommitInput(Strict):
    sha = Text(help_text="The whole id, 40 characters.")
    author = Text(max_length=200)
    email = Text(max_length=320, required=False, allow_blank=True, default="")
    subject = Text(max_length=500, allow_blank=True)
    at = serializers.DateTimeField()

    def validate_sha(self, sha: str) -> str:
        if not digests.is_commit(sha):
            raise ValidationError(f"{sha!r} is no commit: it has 40 characters of 0-9 and a-f.", "invalid")
        return sha


class ReleaseInput(Strict):
    """What a build says of its release."""

    service = Text(max_length=80)
    version = Text(max_length=64)
    commit = Text(required=False, allow_blank=True, default="", max_length=40)
    artifact = Text(required=False, allow_blank=True, default="", max_length=500)
    configuration = serializers.JSONField(required=False, default=dict, help_text="Environment variables, as texts.")
    changelog = Text(required=False, allow_blank=True, default="", max_length=LONGEST_CHANGELOG)
    author = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=150,
        help_text="Who wrote it, and so can't approve it; without it, whoever records.",
    )
    commits = CommitInput(many=True, required=False, default=list)

    def validate_configuration(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ValidationError(f"This is an object of names and texts, not {kind_of(value)}.", "wrong_type")
        for name, text in value.items():
            if not isinstance(text, str):
                raise ValidationError(f"{str(name)[:80]} is a text, not {kind_of(text)}.", "wrong_type")
        return value

    def validate_commits(self, value: list[Any]) -> list[Any]:
        if len(value) > MOST_COMMITS:
            raise ValidationError(f"At most {MOST_COMMITS} commits; these are {len(value)}.", "invalid")
        return value

    def recording(self) -> Recording:
        """Will give what operations.releases records."""
        given = dict(self.validated_data)
        commits = [Commit(**dict(commit)) for commit in given.pop("commits")]
        return Recording(**given, commits=commits)


class NoteInput(Strict):
    """A word with a verb; it goes into the ledger."""

    note = Text(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class LockInput(Strict):
    reason = Text(
        required=False, allow_blank=True, default="", max_length=LONGEST_NOTE, help_text="Why; it can't be empty."
    )


class OpenInput(Strict):
    release = Text(max_length=64, help_text="The version of a recorded release.")


class ConfigureInput(Strict):
    """A whole plan, and whatever of the policy changes."""

    plan = serializers.JSONField(
        required=False, help_text='{"steps": [{"weight": 10, "wait_s": 60, "is_analysed": true}, …], "bake_s": 300}'
    )
    policy = serializers.JSONField(required=False, help_text="Only the values that change.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError("Say a plan, a policy, or both.", "required_one")
        return attrs


class ReleaseQuery(PageQuery):
    service = Text(required=False, max_length=80)


class RolloutQuery(PageQuery):
    service = Text(required=False, max_length=80)
    environment = Text(required=False, max_length=80)
    state = serializers.ChoiceField(
        required=False,
        choices=[state.value for state in State],
        error_messages={"invalid_choice": f"{{input}} is no state. The states are: {', '.join(State)}."},
    )
    active = serializers.BooleanField(
        required=False, error_messages={"invalid": "This is true or false."}, help_text="Started and not ended."
    )


class EventQuery(PageQuery):
    service = Text(required=False, max_length=80)
    environment = Text(required=False, max_length=80)
    rollout = Whole(required=False)
    verb = Text(required=False, max_length=40)
    actor = Text(required=False, max_length=200)
