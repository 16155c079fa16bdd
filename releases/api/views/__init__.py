"""The addresses' answers: read the request, say one verb, show what came of it."""
