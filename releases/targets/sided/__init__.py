"""Targets that move the visitors of one name or address between two sides, each of which stands by itself."""
