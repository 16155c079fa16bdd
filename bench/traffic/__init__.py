"""Visitors from a process of their own, copies that cost next to nothing, and the balancers between them."""
