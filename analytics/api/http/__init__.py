"""Data and queries for machines: the same functions over HTTP, with the words and the refusals of the pages."""
