"""The portal's data in a notebook.

    import covid

    covid.catalog()                                                    # what there is
    covid.sql("SELECT … WHERE iso = :country", country="ITA").pandas()  # or .arrow(), .polars()
    covid.measure("new_cases_smoothed_per_million", ["ITA", "FRA"])
    covid.chart("new_cases_smoothed_per_million", ["ITA", "FRA"])
    with covid.as_of("2020-10-01"): …                                  # what was known then
    covid.publish(figure, title="Italy's waves")                       # a page of the portal

Every question is asked of the portal as the person who opened the notebook: it stands in their history and budget.
"""

from . import magic
from .answer import Answer
from .catalog import catalog, definition, measure, measures, snapshots, table
from .charts import chart
from .moment import as_of
from .problems import CovidError
from .publishing import publish
from .queries import estimate, sql
from .rollouts import measurements, rollout, rollouts

__all__ = [
    "Answer", "CovidError", "as_of", "catalog", "chart", "definition", "estimate", "measure", "measurements",
    "measures", "publish", "rollout", "rollouts", "snapshots", "sql", "table",
]  # fmt: skip

magic.register()
