"""The ledger: append-only, hash-chained, one event for each thing that changed something."""
