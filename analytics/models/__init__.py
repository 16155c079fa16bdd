"""What analytics keeps in the portal's database: who asked what, of which snapshot. The data itself is files."""

from analytics.models.budget import Budget
from analytics.models.catalogue import CatalogueTable
from analytics.models.query import Query
from analytics.models.saved import SavedQuery, SavedVersion
from analytics.models.sources import ExportJob, FollowedSource, SourceRevision

__all__ = [
    "Budget", "CatalogueTable", "ExportJob", "FollowedSource", "Query", "SavedQuery", "SavedVersion", "SourceRevision",
]  # fmt: skip
