"""Tags of the insights pages."""
