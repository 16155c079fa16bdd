"""What may be sent: questions, and what lists, series and results are asked with."""

from typing import Any, get_args

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from analytics.models import Query
from analytics.operations.queries import Question
from analytics.rules.datasets import registry
from analytics.rules.measures.measure import Interval
from analytics.rules.sql import given, statement
from portal.api.inputs import PageQuery, Strict, Text, Whole

MOST_PARAMETERS = 100
LONGEST_PATIENCE_S = 10
MOST_ROWS = 1_000
ORIGINS = (Query.Origin.API, Query.Origin.NOTEBOOK)


class ParameterInput(Strict):
    """A value for :name, or for the next ? where there is no name."""

    name = Text(required=False, allow_blank=True, default="", max_length=80)
    type = serializers.ChoiceField(choices=given.KINDS)
    value = serializers.JSONField(allow_null=True, help_text="A text, a number, true, false, null, or a list of them.")

    def validate_value(self, value: Any) -> Any:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, list | dict):
                raise ValidationError("This is a text, a number, true, false, null, or a list of them.", "wrong_type")
        return value


class QuestionInput(Strict):
    """A query in Athena's SQL."""

    sql = Text(max_length=statement.LONGEST)
    parameters = ParameterInput(many=True, required=False, default=list, max_length=MOST_PARAMETERS)  # type: ignore[call-arg]
    database = Text(
        required=False,
        default=registry.COVID_CASES,
        max_length=120,
        help_text="The dataset whose tables need no name in front.",
    )
    engine = Text(required=False, allow_blank=True, default="", max_length=32, help_text="Without it, the default one.")
    as_of = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="Each dataset's newest snapshot known on that day."
    )
    origin = serializers.ChoiceField(choices=ORIGINS, required=False, default=Query.Origin.API)

    def question(self) -> Question:
        """Will give what operations.queries asks. Raises SqlError for a parameter that isn't of its type."""
        sent = dict(self.validated_data)
        parameters = tuple(given.from_json(one) for one in sent.pop("parameters"))
        return Question(**sent, parameters=parameters)


class NothingInput(Strict):
    """An empty object, or no body."""


def _patience(help_text: str) -> serializers.FloatField:
    return serializers.FloatField(
        required=False, default=0.0, min_value=0, max_value=LONGEST_PATIENCE_S, help_text=help_text
    )


class WaitQuery(Strict):
    patience_s = _patience("Wait so long for its end.")


class ResultQuery(Strict):
    """A file of the whole, or some rows as JSON."""

    kind = Text(required=False, max_length=16, help_text="csv, parquet, xlsx or arrow: the whole result as a file.")
    after = serializers.IntegerField(required=False, default=0, min_value=0, max_value=2**53, help_text="Rows to skip.")
    limit = Whole(required=False, default=100, max_value=MOST_ROWS, help_text="How many rows at most.")
    patience_s = _patience("Of Arrow: begin while the query runs, and wait so long for its first rows.")


class SnapshotQuery(Strict):
    dataset = Text(required=False, max_length=64)


class CatalogueQuery(Strict):
    search = Text(required=False, default="", allow_blank=True, max_length=200, help_text="Words of names or comments.")
    page = Whole(required=False, default=1, max_value=100_000)


class TableQuery(Strict):
    catalog = Text(required=False, default="", allow_blank=True, max_length=32, help_text="Where two know the name.")


class HistoryQuery(PageQuery):
    """Where one's own history goes on."""


# `from` is a word of Python's.
SeriesQuery = type(
    "SeriesQuery",
    (Strict,),
    {
        "__doc__": "Places, days and a snapshot.",
        "places": Text(required=False, help_text="Codes, with commas between: ITA,FRA. Without them, every place."),
        "from": serializers.DateField(required=False, help_text="The first day."),
        "to": serializers.DateField(required=False, help_text="The last day."),
        "snapshot": Text(required=False, max_length=64, help_text="A revision; without it, the one that serves."),
        "as_of": serializers.DateField(required=False, help_text="The newest snapshot known on that day."),
        "interval": serializers.ChoiceField(
            choices=get_args(Interval), required=False, help_text="The same quantity over another time."
        ),
    },
)
