"""The ledger at the terminal."""
