"""Where a release's commits come from."""
