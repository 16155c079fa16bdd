"""Compares two snapshots of a dataset: what an approver, or the environment by itself, judges a revision of data by."""
