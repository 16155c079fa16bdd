"""The types of resources that templates of ours have, by what they are for."""

from simulator.services.cloudformation.kinds import building, ground, keeping, network, serving

__all__ = ["building", "ground", "keeping", "network", "serving"]
