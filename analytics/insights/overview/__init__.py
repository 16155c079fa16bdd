"""The first page: key figures, the list of countries with their small lines, and what an editor chose for it."""
