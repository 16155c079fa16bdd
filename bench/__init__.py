"""Measurements, each beside its peer in the same run: `python -m bench [name …] [--quick]`. Only tests import it."""
