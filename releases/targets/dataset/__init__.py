"""Releases data like code: blue and green are two snapshots, and traffic is what the dataset's pointer leads to."""
