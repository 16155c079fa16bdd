"""The public insights site."""
