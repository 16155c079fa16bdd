"""Releases for machines: JSON over HTTP, with the words and the refusals of the pages."""
