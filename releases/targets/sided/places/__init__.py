"""What stands at a side, and how it does."""
