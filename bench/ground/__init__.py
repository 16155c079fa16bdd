"""What the benchmarks stand on: a whole portal, filled databases, waiting. Nothing is judged here."""
