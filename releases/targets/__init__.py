"""The outside that serves traffic: one port (base.py), an adapter for each kind of place."""
