"""QuickSight: users, data sets, dashboards, SPICE refreshes, and embedded dashboards with the frames behind them."""

from simulator.services.quicksight import embedding, frames, ingestions, resources, users
from simulator.services.quicksight.account import Plan, of

__all__ = ["Plan", "embedding", "frames", "ingestions", "of", "resources", "users"]
