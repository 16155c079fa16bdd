"""COVID-19 data: brought in, kept as snapshots, shown in pages. It never knows releases."""
