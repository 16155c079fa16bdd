"""What is answered, for the schema: the shapes that representations.py makes."""

from rest_framework import serializers

from analytics.engines.base import State
from analytics.models import Budget, Query
from analytics.rules.sql import given
from portal.api.shapes import AtBy, Listing, Shape


class Snapshots(serializers.DictField):
    """The revision that was read, by dataset."""

    child = serializers.CharField()


class FindingOfEstimate(Shape):
    code = serializers.CharField()
    message = serializers.CharField()
    line = serializers.IntegerField(help_text="From 1; 0 is nowhere in particular.")
    column = serializers.IntegerField()


class EstimateShape(Shape):
    bytes_upper = serializers.IntegerField(help_text="It reads no more than this.")
    cost_usd = serializers.FloatField(help_text="It costs no more than this.")
    tables = serializers.ListField(child=serializers.CharField(), help_text="As database.table.")
    findings = FindingOfEstimate(many=True)
    snapshots = Snapshots()


class ResultColumn(Shape):
    name = serializers.CharField(allow_blank=True)
    type = serializers.CharField(help_text="As Athena writes it.")


class ParameterShape(Shape):
    name = serializers.CharField(allow_blank=True)
    type = serializers.ChoiceField(given.KINDS)
    value = serializers.JSONField(allow_null=True)


class QueryLinks(Shape):
    page = serializers.CharField(help_text="The query's own page, for good.")
    result = serializers.CharField()


class QueryShape(Shape):
    token = serializers.CharField()
    state = serializers.ChoiceField([(state.value, state.name) for state in State])
    position = serializers.IntegerField(allow_null=True, help_text="How many are before it, while it is QUEUED.")
    sql = serializers.CharField()
    parameters = ParameterShape(many=True)
    database = serializers.CharField()
    engine = serializers.CharField()
    origin = serializers.ChoiceField(Query.Origin.choices)
    snapshots = Snapshots()
    asked = AtBy()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ran_ms = serializers.IntegerField()
    columns = ResultColumn(many=True)
    rows = serializers.IntegerField(allow_null=True, help_text="null where the engine doesn't count them, or not yet.")
    bytes_upper = serializers.IntegerField()
    bytes_scanned = serializers.IntegerField()
    cost_upper_usd = serializers.FloatField()
    cost_usd = serializers.FloatField()
    is_reused = serializers.BooleanField(help_text="The same was asked before; this is that answer.")
    code = serializers.CharField(allow_blank=True, help_text="Why it failed; empty unless it did.")
    message = serializers.CharField(allow_blank=True)
    links = QueryLinks()


class QueryList(Listing):
    results = QueryShape(many=True)


class BudgetShape(Shape):
    span = serializers.ChoiceField(Budget.Span.choices)
    role = serializers.CharField(allow_blank=True, help_text="Of each person with it; empty where it is your own.")
    bytes_at_most = serializers.IntegerField()
    usd_at_most = serializers.FloatField()
    spent_bytes = serializers.IntegerField(help_text="Queries that still run count with the most that they may read.")
    spent_usd = serializers.FloatField()
    left_bytes = serializers.IntegerField()
    left_usd = serializers.FloatField()
    renews_at = serializers.DateTimeField()


class BudgetList(Listing):
    results = BudgetShape(many=True)


class RowsShape(Listing):
    columns = ResultColumn(many=True)
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))


class MeasureShape(Shape):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of the framework, too
    unit = serializers.CharField()
    topic = serializers.CharField()
    formula = serializers.CharField()
    inputs = serializers.ListField(child=serializers.CharField())
    made = serializers.CharField(help_text="given by the source, computed by our SQL, or estimated by our filter.")
    family = serializers.CharField(allow_blank=True, help_text="What its variants share.")
    interval = serializers.CharField()
    relative = serializers.CharField(allow_blank=True)
    window_days = serializers.IntegerField(allow_null=True)
    nulls = serializers.CharField(allow_blank=True)
    negatives = serializers.CharField(allow_blank=True)
    profiles = serializers.ListField(child=serializers.CharField())


class MeasureList(Listing):
    results = MeasureShape(many=True)


class SeriesRow(Shape):
    place = serializers.CharField()
    date = serializers.DateField()
    value = serializers.FloatField()


class SeriesShape(Shape):
    measure = MeasureShape()
    snapshot = serializers.CharField()
    rows = SeriesRow(many=True, help_text="Days without a value are left out.")


class CatalogueRow(Shape):
    catalog = serializers.CharField()
    dataset = serializers.CharField()
    table = serializers.CharField()
    comment = serializers.CharField(allow_blank=True)
    rows = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)
    columns_count = serializers.IntegerField()
    snapshot = serializers.CharField(allow_blank=True)
    changed_at = serializers.DateTimeField(allow_null=True)
    last_date = serializers.DateField(allow_null=True, help_text="The newest day that it speaks of.")


class CatalogueList(Listing):
    results = CatalogueRow(many=True)


class TableColumn(Shape):
    name = serializers.CharField()
    type = serializers.CharField(help_text="As Athena writes it.")
    comment = serializers.CharField(allow_blank=True)
    is_partition = serializers.BooleanField()


class TablePartition(Shape):
    values = serializers.ListField(child=serializers.CharField())
    location = serializers.CharField(allow_blank=True)
    bytes = serializers.IntegerField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True)


class SampleShape(Shape):
    columns = ResultColumn(many=True)
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))


# Of its own name in the API's schema, where other things have kinds too.
USES = [("saved query", "saved query"), ("page", "page")]


class UseShape(Shape):
    kind = serializers.ChoiceField(USES)
    title = serializers.CharField()
    address = serializers.CharField()


class TableInFull(CatalogueRow):
    columns = TableColumn(many=True)
    location = serializers.CharField(allow_blank=True)
    format = serializers.CharField(allow_blank=True)
    partitioned_by = serializers.ListField(child=serializers.CharField())
    partition_count = serializers.IntegerField(allow_null=True, help_text="null where nobody lists them.")
    partitions = TablePartition(many=True, help_text="At most the last thousand.")
    sample = SampleShape(allow_null=True, help_text="null where a query is what shows rows.")
    trouble = serializers.CharField(allow_blank=True, help_text="Why partitions and sample couldn't be had now.")
    used_by = UseShape(many=True)


class QuarantineShape(AtBy):
    why = serializers.CharField()


class SnapshotShape(Shape):
    dataset = serializers.CharField()
    revision = serializers.CharField()
    is_serving = serializers.BooleanField()
    is_green = serializers.BooleanField(help_text="It is the candidate of a rollout.")
    quarantine = QuarantineShape(allow_null=True)
    made_at = serializers.DateTimeField(allow_null=True, help_text="When it was brought in; null with what follows")
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # as above
    origin = serializers.CharField(allow_blank=True)
    licence = serializers.CharField(allow_blank=True)
    profile = serializers.CharField(allow_blank=True, help_text="Which definitions its measures follow.")
    rows = serializers.IntegerField(allow_null=True)
    first_date = serializers.DateField(allow_null=True)
    last_date = serializers.DateField(allow_null=True)
    is_sample = serializers.BooleanField()
    digest = serializers.CharField(allow_blank=True)
    size_bytes = serializers.IntegerField(allow_null=True)


class SnapshotList(Listing):
    results = SnapshotShape(many=True)
