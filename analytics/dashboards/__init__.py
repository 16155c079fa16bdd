"""Dashboards: QuickSight's in a frame, or the same drawn here."""
