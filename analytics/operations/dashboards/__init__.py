"""Dashboards: who sees which, and data behind them that follows the snapshot."""
