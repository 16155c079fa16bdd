"""Starts, watches and stops everything that Verdigris is on one machine: the wiring at the very top.

Nothing imports it but `python -m portal.stack`; its parent process never sets Django up.
"""
