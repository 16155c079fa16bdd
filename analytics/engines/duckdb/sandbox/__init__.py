"""Runs SQL that people wrote in a process of its own, which can open, start and reach nothing and is killed in time."""
