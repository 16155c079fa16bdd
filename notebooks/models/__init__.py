"""The rows of notebooks: one file per noun."""

from notebooks.models.page import Page
from notebooks.models.run import Run, Schedule, Share
from notebooks.models.server import Server, Ticket

__all__ = ["Page", "Run", "Schedule", "Server", "Share", "Ticket"]
