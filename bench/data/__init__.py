"""Benchmarks of the data: charts and their readers, imports, exports."""
