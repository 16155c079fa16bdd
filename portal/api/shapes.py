"""What every API answers, for the schema: refusals, pages, and who did what when."""

from typing import Any

from rest_framework import serializers

Shape = serializers.Serializer[Any]


class Refusal(Shape):
    code = serializers.CharField()
    sentence = serializers.CharField()


class Error(Shape):
    """Nothing was changed; `reasons` say why."""

    detail = serializers.CharField()
    reasons = Refusal(many=True)


class AtBy(Shape):
    at = serializers.DateTimeField()
    by = serializers.CharField()


class Listing(Shape):
    next = serializers.CharField(allow_null=True, help_text="The address of the next page, or null at the end.")
