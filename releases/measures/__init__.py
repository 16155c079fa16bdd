"""How green does: one port (base.py), an adapter for each source of numbers."""
