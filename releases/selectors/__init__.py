"""Reads: rows in, what a page or a rule looks at out."""
